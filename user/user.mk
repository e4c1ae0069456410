# user.mk - programs of our own: static ELF files for Linux's interface on x86-64, the same for
# every ENV; for i386 when ENV is pv32.
#
#   make programs       all of them, and the image that holds them
#
# newlib is Debian's (tools/newlib); user/newlib/ is what it stands on. A folder of user/ is a
# program, build/user/NAME; so is a file of tests/programs/, build/user/tests/NAME. U=... puts them
# elsewhere, CC=clang compiles them with another compiler; newlib itself is always gcc's.
# user-bits is what the names of folders end in: nothing for x86-64.
user-abi  := $(abi-$(ENV))
user-bits := $(if $(filter i386,$(user-abi)),32)
U         ?= build/user$(user-bits)
newlib := build/newlib$(user-bits)

user-programs := $(filter-out newlib include,$(patsubst user/%/,%,$(wildcard user/*/)))
test-programs := $(sort $(patsubst tests/programs/%.c,%,$(wildcard tests/programs/*.c)))
user-glue     := $(patsubst %,$(U)/%.o,$(sort $(wildcard user/newlib/*.c \
	user/newlib/$(user-abi)/*.c user/newlib/$(user-abi)/*.S)))
user-srcs     := $(sort $(wildcard user/*/*.c user/newlib/$(user-abi)/*.c tests/programs/*.c \
	tests/bench/*.c tests/bench/nothing/*.c tests/study/operations/*.c))

user-cflags-i386 := -m32 -march=i686
user-cflags := $(user-cflags-$(user-abi)) -std=gnu11 -O2 -g -fno-pie -fno-stack-protector -fcf-protection=none -fno-common \
	-ffunction-sections -fdata-sections -fno-asynchronous-unwind-tables $(warnings)
# Ours stand in front of newlib's, as they did when newlib was compiled.
user-cppflags = -nostdinc -D_GNU_SOURCE -U__linux__ -Ulinux -U__unix__ -Uunix \
	-Iuser/include -Iuser/newlib/include -Iuser/newlib/$(user-abi)/include -Iabi -Iabi/linux/$(user-abi) -Itests/bench/$(user-abi) \
	-isystem $(newlib)/include -isystem $(cc-include)
user-ldflags := $(filter -m32,$(user-cflags)) -static -nostdlib -Wl,--gc-sections -Wl,-z,noexecstack -Wl,-z,separate-code
user-libs    := -L$(newlib)/lib -Wl,--start-group -lc -lm -lgcc -Wl,--end-group

$(newlib)/stamp: tools/newlib $(wildcard user/newlib/include/*.h user/newlib/include/*/*.h \
	user/newlib/$(user-abi)/include/*/*.h abi/linux/* abi/linux/$(user-abi)/abi/*) | deps-build deps-run
	$(call say,NEWLIB,$(newlib))
	$(Q)tools/newlib $(newlib) $(user-abi)

$(U)/flags: FORCE
	$(call record,'$(CC) $(user-cflags) $(user-cppflags) $(user-ldflags) $(user-libs)')

$(U)/%.c.o: %.c $(newlib)/stamp $(U)/flags
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(call cached,$(CC)) $(user-cppflags) $(user-cflags) -MMD -MP -c $< -o $@

$(U)/%.S.o: %.S $(newlib)/stamp $(U)/flags
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) $(filter -m32,$(user-cflags)) $(user-cppflags) -MMD -MP -c $< -o $@

# NAME.debug has the symbols; NAME, which goes into the image, has not.
define user-link
@mkdir -p $(@D)
$(call say,LD,$@)
$(Q)$(CC) $(user-ldflags) -o $@.debug $(filter %.o,$^) $(user-libs)
$(Q)strip -o $@ $@.debug
endef

user-objs = $(patsubst %,$(U)/%.o,$(sort $(wildcard user/$(1)/*.c)))
define user-program
$(U)/$(1): $(call user-objs,$(1)) $(user-glue)
	$$(user-link)
endef
$(foreach p,$(user-programs),$(eval $(call user-program,$(p))))

test-elfs := $(addprefix $(U)/tests/,$(test-programs))
$(test-elfs): $(U)/tests/%: $(U)/tests/programs/%.c.o $(user-glue)
	$(user-link)

# What `make bench` runs (tests/bench): the program, and the small one that it starts; and what
# `make study-batching` does, with rows of its own.
bench-dir  := build/bench$(user-bits)
bench-elfs := $(bench-dir)/bench $(bench-dir)/nothing
study-elf  := build/study$(user-bits)/operations
$(bench-dir)/bench: $(patsubst %,$(U)/%.o,$(sort $(wildcard tests/bench/*.c)))
$(bench-dir)/nothing: $(U)/tests/bench/nothing/nothing.c.o
$(study-elf): $(patsubst %,$(U)/%.o,$(sort $(wildcard tests/study/operations/*.c)) tests/bench/main.c)
$(bench-elfs) $(study-elf): $(user-glue)
	$(user-link)

bench-programs: $(bench-elfs)
study-programs: $(study-elf) $(bench-dir)/nothing
.PHONY: bench-programs study-programs

user-elfs := $(addprefix $(U)/,$(user-programs)) $(test-elfs)

# Where they are in the image, and in that of the tests, which has all.
user-list := $(U)/image.list
test-list := $(U)/tests.list
user-place = $(1):/$(if $(filter $(U)/tests/%,$(1)),tests,$(if $(filter %/init,$(1)),sbin,bin))/$(notdir $(1))
$(user-list): FORCE
	$(call record,$(foreach elf,$(filter-out $(U)/tests/% $(U)/run-tests $(U)/tour,$(user-elfs)),$(call user-place,$(elf))))
$(test-list): FORCE
	$(call record,$(foreach elf,$(user-elfs),$(call user-place,$(elf))))

-include $(patsubst %,$(U)/%.d,$(user-srcs))
