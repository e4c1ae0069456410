# fuzz.mk - fuzzers of everything that reads what another domain, the toolstack or a loader wrote.
#
#   make fuzz FUZZ_SECONDS=60    each of them for so long; new inputs go to build/fake/fuzz/NAME.corpus
#                                then random system calls in a guest of each environment (HOSTILE_SEED)
#
# Each links the real sources over a few stand-ins (shim.c), without the model. They need clang.

FUZZ_SECONDS ?= 60
FUZZ_RUNS    ?= 20000
# Runs of these take milliseconds, not microseconds.
fuzz-dear    := blk_front net_front
fuzz-runs     = $(if $(filter $1,$(fuzz-dear)),$(shell expr $(FUZZ_RUNS) / 4),$(FUZZ_RUNS))
FUZZ_CC      := clang
Z := $(F)/fuzz

fuzz-names    := $(filter-out shim shim_host,$(basename $(notdir $(wildcard tests/fuzz/*.c))))
fuzz-programs := $(addprefix $(Z)/,$(fuzz-names))
fuzz-common   := tests/fuzz/shim.c arch/fake/bulk.c kernel/core/string.c kernel/core/fmt.c kernel/core/errno.c kernel/core/option.c \
	drivers/xen/xs_wire.c
fuzz-zlib     := $(filter-out %/gunzip.c,$(wildcard kernel/zlib/*.c))
fuzz-objs     := $(patsubst %,$(Z)/obj/%.o,$(fuzz-common) $(fuzz-zlib) $(fuzz-names:%=tests/fuzz/%.c))
fuzz-sanitize := -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
# The unit under test is included by its fuzzer, from where it stands.
fuzz-cflags    = $(filter-out -isystem $(fake-cc-include),$(fake-guest-cflags)) \
	-isystem $(shell $(FUZZ_CC) -print-file-name=include) -I. -Wno-missing-prototypes -Wno-unused-function

$(fuzz-objs): $(Z)/obj/%.o: % $(F)/config.h $(F)/flags tests/fuzz/fuzz.mk | build/include/xen
	@mkdir -p $(@D)
	$(call say,FUZZCC,$<)
	$(Q)$(call cached,$(FUZZ_CC)) $(fuzz-sanitize) $(fuzz-cflags) $(fuzz-extra) -MMD -MP -c $< -o $@

$(Z)/gunzip: $(fuzz-zlib:%=$(Z)/obj/%.o)
$(fuzz-zlib:%=$(Z)/obj/%.o) $(Z)/obj/tests/fuzz/gunzip.c.o: | build/source/zlib
# Zeroing a page is a loop of 512 comparisons, of which libFuzzer would learn nothing in half of its time.
$(Z)/obj/arch/fake/bulk.c.o: fuzz-extra := -fno-sanitize=fuzzer-no-link
$(Z)/obj/tests/fuzz/start_info.c.o: fuzz-extra := -Iarch/hw-x86/include -fno-sanitize=alignment

$(Z)/obj/shim_host.o: tests/fuzz/shim_host.c $(F)/flags
	@mkdir -p $(@D)
	$(Q)$(call cached,$(FUZZ_CC)) $(fuzz-sanitize) $(fake-host-cflags) -c $< -o $@

$(fuzz-programs): $(Z)/%: $(Z)/obj/tests/fuzz/%.c.o $(fuzz-common:%=$(Z)/obj/%.o) $(Z)/obj/shim_host.o
	$(call say,FUZZLD,$@)
	$(Q)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -no-pie -Wl,-T,arch/fake/tables.lds -o $@ $^

# A bounded, reproducible run of each is one of the host tests.
# (libFuzzer writes what it finds interesting into the first directory: a fresh one.)
fuzz-list := $(foreach n,$(fuzz-names),rm -rf $(Z)/$(n).new; mkdir $(Z)/$(n).new; \
	echo "$(Z)/$(n) -runs=$(call fuzz-runs,$(n)) -seed=1 -max_len=8192 -artifact_prefix=$(Z)/$(n)- $(Z)/$(n).new tests/fuzz/corpus/$(n)";)

host-tests: $(fuzz-programs) $(Z)/commands

# How a fuzzer is made, for the mutants: compiler, link, what all of them share.
$(Z)/commands: FORCE
	$(call record,'$(call cached,$(FUZZ_CC)) $(fuzz-sanitize) $(filter-out -I.,$(fuzz-cflags))' \
		'$(FUZZ_CC) -fsanitize=fuzzer$(comma)address$(comma)undefined -no-pie -Wl$(comma)-T$(comma)arch/fake/tables.lds' \
		'$(fuzz-common:%=$(Z)/obj/%.o) $(Z)/obj/shim_host.o')

fuzz: $(fuzz-programs)
	@for n in $(fuzz-names); do \
		mkdir -p $(Z)/$$n.corpus; \
		$(Z)/$$n -max_total_time=$(FUZZ_SECONDS) -max_len=8192 -artifact_prefix=$(Z)/$$n- \
			$(Z)/$$n.corpus tests/fuzz/corpus/$$n || exit 1; \
	done
	@seed=$${HOSTILE_SEED:-$$RANDOM}; echo "random system calls, seed $$seed"; \
		HOSTILE_SEED=$$seed HOSTILE_ROUNDS=$$((10 * $(FUZZ_SECONDS))) tests/run -k '^(pv64|pvh64|native64|pv32) hostile random'

.PHONY: fuzz
-include $(fuzz-objs:.o=.d)
