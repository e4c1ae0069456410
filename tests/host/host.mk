# host.mk - the host tests: the kernel's real sources over the model of Xen, in one program.
#
#   make host-tests     build them; build/fake/tests.list says how to run each
#
# Two kinds of sources: kernel code (no C library, the kernel's headers, the fake port's in
# front) and host code (the model and the harness). FAKE_CC=gcc works too, but for the fuzzers.

comma := ,
FAKE_CC ?= $(HOSTCC)
F := build/fake

fake-port := arch/pv-x86/pt.c arch/pv-x86/foreign.c arch/pv-x86/machine.c arch/pv-x86/cpu.c \
	arch/pv-x86/thread.c arch/pv-x86/user.c arch/pv-x86/explain.c arch/pv-x86/grant_map.c \
	arch/pv-x86/64/roots.c arch/pv-x86/64/tls.c
fake-guest-srcs := $(foreach d,$(dirs-all) $(dirs-x86-64) kernel/sys/x86_64 drivers/xen drivers/front arch/fake,\
	$(sort $(wildcard $(d)/*.c $(d)/*.S))) $(fake-port)
# Their place is taken by arch/fake/user.c.
fake-guest-srcs := $(filter-out arch/x86/user/64/copy.S arch/x86/64/bulk.S arch/x86/user/vdso%,$(fake-guest-srcs))
fake-model-srcs := $(sort $(wildcard arch/fake/model/*.c arch/fake/host/*.c))
fake-ktest-srcs := $(foreach d,tests/guest/xen tests/guest/pv tests/guest tests/contract,$(sort $(wildcard $(d)/*.c)))
host-suites     := $(filter-out harness harness_guest,$(basename $(notdir $(wildcard tests/host/*.c))))
host-test-srcs  := $(patsubst %,tests/host/%.c,harness_guest $(sort $(host-suites)))

fake-sanitize := -fsanitize=address,undefined -fno-sanitize-recover=all
fake-warnings := $(filter-out -Wvla,$(warnings))
fake-cflags := -std=gnu11 -O1 -g -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-common \
	-fno-strict-aliasing -fno-pie -fno-stack-protector -fcf-protection=none $(fake-warnings)
# Tables that are collected from all files must lie without gaps.
fake-ignore := $(if $(findstring clang,$(FAKE_CC)),-fsanitize-ignorelist=arch/fake/ignorelist)
fake-cc-include = $(eval fake-cc-include := $(shell $(FAKE_CC) -print-file-name=include))$(fake-cc-include)
fake-guest-cflags = $(fake-cflags) -ffreestanding $(fake-ignore) -nostdinc -isystem $(fake-cc-include) \
	-include $(F)/config.h -include arch/fake/include/fake/rename.h -Iarch/fake/include \
	-Ikernel/include -Iarch/include -Iarch/pv-x86/64/include -Iarch/pv-x86/include -Iarch/x86/64/include -Iarch/x86/include -Iarch/hw-x86/include -Iabi -Iabi/linux/x86_64 -Itests/host \
	-isystembuild/source $(xen-includes)
fake-host-cflags := $(fake-cflags) -Ibuild/include -D__XEN_INTERFACE_VERSION__=0x00040e00 \
	-Iarch/fake/include -idirafter abi
fake-asflags := -D__ASSEMBLY__ -Dx86_context_switch=fake_context_switch -Dthread_start=fake_thread_start \
	-Dprobe_copy=fake_probe_raw
fake-ldflags := -no-pie -Wl,-T,arch/fake/tables.lds -Wl,--defsym=text_start=__executable_start \
	-Wl,--defsym=text_end=etext -Wl,--defsym=bss_start=__bss_start -Wl,--defsym=bss_end=end \
	-Wl,-z,noexecstack $(addprefix -Wl$(comma)--wrap=__asan_,memset memcpy memmove)

host-guest-objs := $(patsubst %,$(F)/obj/%.o,$(fake-guest-srcs) $(fake-ktest-srcs) $(host-test-srcs))
host-host-objs  := $(patsubst %,$(F)/obj/%.o,$(fake-model-srcs) tests/host/harness.c)

$(F)/config.h: Kconfig tools/config.py | $(build-deps)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/config.py header --env pv64 --config $(F)/.config --out $@

$(F)/flags: FORCE | $(build-deps)
	$(call record,'$(FAKE_CC) $(fake-guest-cflags) $(fake-host-cflags) $(fake-sanitize) $(fake-asflags)')

# How a source is compiled, how all is linked, and of what: links again when it changes, and
# (as `commands`, once that was done) tells the mutants.
$(F)/objects: FORCE
	$(call record,'$(call cached,$(FAKE_CC)) $(fake-sanitize) $(fake-guest-cflags)' \
		'$(FAKE_CC) $(fake-sanitize) $(fake-ldflags)' '$(host-guest-objs) $(F)/model.o')

$(host-guest-objs): $(F)/obj/%.o: % $(F)/config.h $(F)/flags | build/include/xen
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(call cached,$(FAKE_CC)) $(fake-sanitize) $(fake-guest-cflags) $(if $(filter %.S,$<),$(fake-asflags)) \
		$(if $(filter tests/%,$<),-Wno-format) $(fake-extra) -MMD -MP -c $< -o $@

# This test fills a kernel stack and counts on what a frame takes.
$(F)/obj/tests/contract/thread.c.o: fake-extra := -fno-sanitize=address,undefined

$(filter $(F)/obj/kernel/zlib/%,$(host-guest-objs)): | build/source/zlib
fake-ext2-objs := $(filter $(F)/obj/kernel/ext2fs/% $(F)/obj/kernel/ext4/%,$(host-guest-objs))
$(fake-ext2-objs): fake-extra := $(ext2-flags)
$(fake-ext2-objs): $(ext2-made)/ext2fs/ext2_err.h | build/source/e2fsprogs

fake-lwip-objs := $(filter $(F)/obj/kernel/lwip/% $(F)/obj/kernel/inet/%,$(host-guest-objs))
$(fake-lwip-objs): fake-extra := $(lwip-includes)
$(fake-lwip-objs): | build/source/lwip

$(host-host-objs): $(F)/obj/%.o: % $(F)/flags | build/include/xen
	@mkdir -p $(@D)
	$(call say,HOSTCC,$<)
	$(Q)$(call cached,$(FAKE_CC)) $(fake-sanitize) $(fake-host-cflags) -MMD -MP -c $< -o $@

# The model and the kernel are two worlds: of the host code only these names are seen outside.
$(F)/model.o: $(host-host-objs)
	$(Q)$(LD) -r -o $@ $^
	$(Q)objcopy --wildcard $(addprefix --keep-global-symbol=,'model_*' 'fake_*' 'harness_*' 'test_*' \
		'__wrap_*' '__*_default_options' main) $@

$(F)/host.nosyms: $(host-guest-objs) $(F)/model.o arch/fake/tables.lds $(F)/objects
	$(call say,HOSTLD,$@)
	$(Q)$(FAKE_CC) $(fake-sanitize) $(fake-ldflags) -o $@ $(host-guest-objs) $(F)/model.o

$(F)/ksyms.o: $(F)/host.nosyms tools/ksyms.py
	$(Q)$(NM) -n $< | sed 's/ kernel_\(mem\|str\)/ \1/' | $(PYTHON) tools/ksyms.py 64 >$(F)/ksyms.S
	$(Q)$(FAKE_CC) -c $(F)/ksyms.S -o $@

$(F)/host: $(F)/ksyms.o
	$(call say,HOSTLD,$@)
	$(Q)$(FAKE_CC) $(fake-sanitize) $(fake-ldflags) -o $@ $(host-guest-objs) $(F)/model.o $(F)/ksyms.o
	@cp $(F)/objects $(F)/commands

# One program, run under the name of the suite.
host-programs := $(addprefix $(F)/,$(host-suites))
$(host-programs): $(F)/host
	@ln -sf host $@

# tests/fuzz/fuzz.mk adds its programs.
host-tests: $(host-programs) | $(build-deps)
	@{ for p in $(host-programs); do echo $$p; done; $(fuzz-list) echo tests/host/mutants --some; } \
		>$(F)/tests.list

.PHONY: host-tests
-include $(host-guest-objs:.o=.d) $(host-host-objs:.o=.d)
