# Paravane's build. `make help` says what there is.
#
# One environment per build directory: build/$(ENV)/. The environment chooses
# directories, never #if: all .c and .S files of a chosen directory are linked.

ENV  ?= pv64
ENVS := pv64 pvh64 native64 pv32

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
.SECONDARY:
MAKEFLAGS += --no-builtin-rules --no-print-directory

PYTHON := /usr/bin/python3
CC     := gcc
LD     := ld
NM     := nm
HOSTCC ?= clang

B := build/$(ENV)

# V=1 shows whole commands.
Q    := $(if $(V),,@)
say   = $(if $(V),,@printf '  %-7s %s\n' $(1) '$(2)')

ifeq ($(filter $(ENV),$(ENVS)),)
$(error there is no environment "$(ENV)"; ENV is one of: $(ENVS))
endif

# ---- what is linked -----------------------------------------------------------------------------
# For every environment, for every x86 one, for those of a width, for Xen ones, for one.
dirs-all      := kernel/core kernel/blk kernel/mm kernel/sched kernel/time kernel/log kernel/vm kernel/fs \
	kernel/zlib kernel/ext2fs kernel/ext4 kernel/tty kernel/poll kernel/proc kernel/sys
dirs-x86      := arch/x86 arch/x86/user
dirs-x86-64   := $(dirs-x86) arch/x86/64 arch/x86/user/64
dirs-x86-32   := $(dirs-x86) arch/x86/32 arch/x86/user/32
# The network.
dirs-all      += kernel/net kernel/inet kernel/lwip
dirs-xen      := drivers/xen drivers/front
dirs-ktest    := tests/guest tests/contract
dirs-pv64     := $(dirs-x86-64) arch/pv-x86 arch/pv-x86/64 $(dirs-xen)
dirs-pvh64    := $(dirs-x86-64) arch/hw-x86 arch/hw-x86/pvh $(dirs-xen)
dirs-native64 := $(dirs-x86-64) arch/hw-x86 arch/hw-x86/native drivers/hw
dirs-pv32     := $(dirs-x86-32) arch/pv-x86 arch/pv-x86/32 $(dirs-xen)

ktest-pv64     := tests/guest/x86 tests/guest/x86/64 tests/guest/xen tests/guest/pv
ktest-pvh64    := tests/guest/x86 tests/guest/x86/64 tests/guest/hw tests/guest/xen
ktest-native64 := tests/guest/x86 tests/guest/x86/64 tests/guest/hw
ktest-pv32     := tests/guest/x86 tests/guest/xen tests/guest/pv

study-pv64     := tests/study/xen tests/study/xen/64 tests/study/pv tests/study/pv/64
study-pvh64    := tests/study/xen tests/study/xen/64 tests/study/hw tests/study/pvh
study-pv32     := tests/study/xen tests/study/pv
study-native64 := tests/study/native tests/study/hw
# The guided tour: compiled by the checks, linked if it is chosen.
tour-pv64     := tour tour/64 tour/xen tour/pv
tour-pvh64    := tour tour/64 tour/xen tour/hw tour/pvh
tour-pv32     := tour tour/xen tour/pv tour/pv/32
tour-native64 := tour tour/64 tour/hw tour/native

port-pv64     := arch/pv-x86/64/include arch/pv-x86/include arch/x86/64/include
port-pvh64    := arch/hw-x86/pvh/include arch/hw-x86/include arch/x86/64/include
port-native64 := arch/hw-x86/native/include arch/hw-x86/include arch/x86/64/include
port-pv32     := arch/pv-x86/32/include arch/pv-x86/include arch/x86/32/include

# What the compiler generates code for, and the word's size for the linker.
width-pv64     := 64
width-pvh64    := 64
width-native64 := 64
width-pv32     := 32
width          := $(width-$(ENV))

# Whose system calls programs make.
abi-pv64     := x86_64
abi-pvh64    := x86_64
abi-native64 := x86_64
abi-pv32     := i386

# Goals that need no configuration, nor any package. The last ones call make for what they need.
plain-goals := help deps clean distclean format programs study-porting check test bench bench-io soak
plain-goals += study-batching
needs-build := $(if $(MAKECMDGOALS),$(filter-out $(plain-goals),$(MAKECMDGOALS)),all)
ifneq ($(needs-build),)
include $(B)/config.mk
endif

dirs := $(dirs-all) kernel/sys/$(abi-$(ENV)) $(dirs-$(ENV)) $(if $(filter y,$(CONFIG_KTEST)),$(dirs-ktest) $(ktest-$(ENV))) \
	$(if $(filter y,$(CONFIG_TOUR)),$(tour-$(ENV)))
srcs := $(foreach d,$(dirs),$(sort $(wildcard $(d)/*.c $(d)/*.S)))
objs := $(patsubst %,$(B)/%.o,$(srcs))
# The measurements of `make study-batching`: linked into an image of their own.
study-srcs := $(foreach d,tests/study $(study-$(ENV)),$(sort $(wildcard $(d)/*.c $(d)/*.S)))
study-objs := $(patsubst %,$(B)/%.o,$(study-srcs))
tour-srcs := $(sort $(wildcard $(addsuffix /*.c,$(tour-$(ENV)))))

# ---- flags --------------------------------------------------------------------------------------
warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Wno-unused-parameter -Wimplicit-fallthrough -Wpointer-arith -Wwrite-strings
width-cflags-64 := -m64 -mcmodel=kernel -mno-red-zone
width-cflags-32 := -m32 -march=i686
width-ldflags-64 := -m elf_x86_64
width-ldflags-32 := -m elf_i386
# Jumps and loops stand where they fall: of a guest of 1 MiB, gaps before them were 37 KB. (clang leaves none before jumps.)
unaligned := -falign-loops=1 $(if $(filter clang%,$(CC)),,-falign-jumps=1)
# Room for the stack check at the entry of every function (arch/pv-x86/stack_check.c, S2).
port-cflags-pv64 := -fpatchable-function-entry=16
port-cflags-pv32 := -fpatchable-function-entry=14
CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie $(width-cflags-$(width)) \
	-mgeneral-regs-only -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-common \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fcf-protection=none -ffunction-sections -fdata-sections $(unaligned) $(warnings) -Wframe-larger-than=1024 \
	$(port-cflags-$(ENV)) $(EXTRA_CFLAGS)

# The compiler's own headers; asked once, and only when something is compiled.
cc-include = $(eval cc-include := $(shell $(CC) -print-file-name=include))$(cc-include)
CPPFLAGS = -nostdinc -isystem $(cc-include) $(config-cppflags) \
	-Ikernel/include -Iarch/include $(addprefix -I,$(port-$(ENV))) -Iarch/x86/include -Iabi -Iabi/linux/$(abi-$(ENV)) \
	-isystem build/source

# Only these see Xen's headers; kernel/ never does.
xen-includes := -Ibuild/include -Idrivers/include -D__XEN_INTERFACE_VERSION__=0x00040e00
sees-xen := $(B)/drivers/% $(B)/arch/pv-x86/% $(B)/arch/hw-x86/% $(B)/tests/guest/xen/% $(B)/tests/guest/pv/% \
	$(B)/tests/study/% $(B)/tour/xen/% $(B)/tour/pv/% $(B)/tour/pvh/% \
	$(B)/abi/%
$(sees-xen): CPPFLAGS += $(xen-includes)

# Only these see lwIP.
lwip-includes := -Ikernel/lwip/include -isystem build/source/lwip/src/include
sees-lwip := $(B)/kernel/lwip/% $(B)/kernel/inet/%
$(sees-lwip): CPPFLAGS += $(lwip-includes)

lds := $(B)/kernel.lds
LDFLAGS := $(width-ldflags-$(width)) -nostdlib -static -z max-page-size=4096 -z noexecstack --gc-sections -T $(lds) \
	--no-warn-rwx-segments

# A 32-bit compiler leaves divisions of 64 bits to its library.
libgcc-32 = $(shell $(CC) -m32 -print-libgcc-file-name)
libgcc    = $(libgcc-$(width))

abi-checks := $(B)/abi/check-64.o $(B)/abi/check-32.o

all: $(B)/paravane $(abi-checks) compile_commands.json

# Packages that compiling needs.
build-deps := deps-build $(if $(filter clang%,$(CC)),deps-check)

# ---- configuration ------------------------------------------------------------------------------
# For this file, and as arguments of the compiler; without a saved .config the defaults.
$(B)/config.mk: Kconfig tools/config.py $(wildcard $(B)/.config) | $(build-deps)
	@mkdir -p $(@D)
	$(Q)$(PYTHON) tools/config.py make --env $(ENV) --config $(B)/.config --out $@

menuconfig: | $(build-deps)
	@mkdir -p $(B)
	@$(PYTHON) tools/config.py menu --env $(ENV) --config $(B)/.config

# ---- compiling ----------------------------------------------------------------------------------
# A file that changes only when what it records does: $(call record,TEXT).
record = @mkdir -p $(@D); printf '%s\n' $(1) | cmp -s - $@ || printf '%s\n' $(1) >$@

# What was compiled before, for another environment, with other options, by a check or in another folder, is not
# compiled again: nothing that a compiler is told names the folder, and what debuggers are told of it is ".".
CCACHE            := $(shell command -v ccache)
export CCACHE_DIR ?= $(CURDIR)/build/ccache
cached             = $(CCACHE) $(1) -fdebug-prefix-map=$(CURDIR)=.

# The compiler and its flags: everything is compiled again when they change.
$(B)/flags: FORCE | $(build-deps)
	$(call record,'$(CC) $(shell $(CC) --version | head -n 1)' '$(CFLAGS) $(CPPFLAGS) $(xen-includes)')
# The list of objects: the kernel is linked again when a file goes away.
$(B)/objects: FORCE
	$(call record,'$(LD) $(LDFLAGS)' '$(objs) $(study-objs)')

build/include/xen:
	@mkdir -p $(@D)
	@ln -sfn /usr/include/xen $@

# Debian's source packages that the kernel takes parts of.
build/source/%: | $(build-deps)
	$(call say,SOURCE,$*)
	$(Q)tools/debian-source $*
$(filter $(B)/kernel/zlib/%,$(objs)): | build/source/zlib
# What lwIP's headers include is not told by -MMD.
$(filter $(sees-lwip),$(objs)): $(wildcard kernel/lwip/include/*.h kernel/lwip/include/*/*.h) \
	| build/source/lwip

# libext2fs: its numbers of errors are made from its own list; headers of a C library are ours.
# Its stack frames are its own business, as are comparisons that are always true here.
ext2-made  := build/source/ext2fs-made
ext2-flags := -isystem kernel/ext2fs/include -isystem $(ext2-made) -isystem build/source/e2fsprogs/lib \
	-Wno-sign-compare -Wno-shadow -Wno-unused-but-set-variable -Wno-undef -Wno-missing-prototypes \
	-Wno-implicit-fallthrough -Wno-type-limits -Wno-pointer-arith -Wframe-larger-than=4352
$(ext2-made)/ext2fs/ext2_err.h: tools/ext2-errors | build/source/e2fsprogs
	$(call say,MAKE,$@)
	@mkdir -p $(@D)
	$(Q)tools/ext2-errors build/source/e2fsprogs/lib/ext2fs/ext2_err.et.in >$@
ext2-objs := $(filter $(B)/kernel/ext2fs/% $(B)/kernel/ext4/%,$(objs))
$(ext2-objs): CFLAGS += $(ext2-flags)
$(ext2-objs): $(ext2-made)/ext2fs/ext2_err.h | build/source/e2fsprogs

$(B)/%.c.o: %.c $(B)/flags | build/include/xen
	@mkdir -p $(@D)
	$(call say,CC,$<)
	$(Q)$(call cached,$(CC)) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.S.o: %.S $(B)/flags | build/include/xen
	@mkdir -p $(@D)
	$(call say,AS,$<)
	$(Q)$(CC) -m$(width) $(CPPFLAGS) -MMD -MP -D__ASSEMBLY__ -c $< -o $@

# The vDSO is a shared object of its own, user code; the kernel carries its bytes.
vdso-dir  := arch/x86/vdso/$(width)
vdso-objs := $(patsubst %,$(B)/%.o,$(wildcard $(vdso-dir)/*.c $(vdso-dir)/*.S))
vdso-cflags-64  := -m64
vdso-cflags-32  := $(width-cflags-32)
vdso-ldflags-64 := -soname linux-vdso.so.1
vdso-ldflags-32 := -soname linux-gate.so.1 -e __kernel_vsyscall
VDSO_CFLAGS := -std=gnu11 -O2 -ffreestanding -fpic $(vdso-cflags-$(width)) -mgeneral-regs-only -fno-stack-protector \
	-fcf-protection=none -fasynchronous-unwind-tables $(warnings)
VDSO_LDFLAGS := $(width-ldflags-$(width)) -shared $(vdso-ldflags-$(width)) --hash-style=both -z max-page-size=4096 \
	-z noexecstack --eh-frame-hdr --strip-all -T arch/x86/vdso/vdso.lds --version-script $(vdso-dir)/names.lds
$(vdso-objs): CFLAGS := $(VDSO_CFLAGS)
$(B)/vdso.so: $(vdso-objs) arch/x86/vdso/vdso.lds $(vdso-dir)/names.lds
	$(call say,LD,$@)
	$(Q)$(LD) $(VDSO_LDFLAGS) -o $@ $(vdso-objs) $(libgcc)
$(B)/arch/x86/user/vdso_image.S.o: $(B)/vdso.so
$(B)/arch/x86/user/vdso_image.S.o: CPPFLAGS += -DVDSO_IMAGE='"$(B)/vdso.so"'

# Xen's headers still say what we believe, at both widths. Nothing to link.
$(abi-checks): $(B)/abi/check-%.o: abi/xen/check.c $(B)/flags | build/include/xen
	@mkdir -p $(@D)
	$(call say,CHECK,$< -m$*)
	$(Q)$(call cached,$(CC)) -m$* -std=gnu11 -ffreestanding -nostdinc -isystem $(cc-include) $(xen-includes) \
		$(warnings) -MMD -MP -c $< -o $@

# ---- linking ------------------------------------------------------------------------------------
# Two links: the first gives the symbol table that the second carries for backtraces.
$(lds): arch/x86/kernel.lds $(B)/flags
	@mkdir -p $(@D)
	$(Q)$(CC) -E -P -x assembler-with-cpp $(CPPFLAGS) -MMD -MP -MT $@ -MF $@.d -o $@ $<

$(B)/paravane.nosyms: $(objs)
$(B)/study.nosyms: $(objs) $(study-objs)
$(B)/%.nosyms: $(lds) $(B)/objects
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libgcc)

$(B)/%.ksyms.S: $(B)/%.nosyms tools/ksyms.py
	$(call say,KSYMS,$@)
	$(Q)$(NM) -n $< | $(PYTHON) tools/ksyms.py $(width) > $@

$(B)/%.ksyms.o: $(B)/%.ksyms.S
	$(Q)$(CC) -m$(width) -c $< -o $@

$(B)/paravane: $(objs) $(B)/paravane.ksyms.o
$(B)/study: $(objs) $(study-objs) $(B)/study.ksyms.o
$(B)/paravane $(B)/study: $(lds) $(B)/objects
	$(call say,LD,$@)
	$(Q)$(LD) $(LDFLAGS) -o $@ $(filter %.o,$^) $(libgcc)

# For editors and clang-tidy: how each file of $(ENV) is compiled.
comma   := ,
command  = $(CC) $(CPPFLAGS) $(if $(filter $(sees-xen),$(B)/$(1)),$(xen-includes)) \
	$(if $(filter $(sees-lwip),$(B)/$(1)),$(lwip-includes)) $(CFLAGS) \
	$(if $(filter kernel/ext2fs/% kernel/ext4/%,$(1)),$(ext2-flags)) -c $(1)
entry    = {"directory": "$(CURDIR)"$(comma) "file": "$(1)"$(comma) "command": "$(command)"}
$(B)/compile_commands.json: $(B)/flags $(B)/objects
	$(file >$@.part,[$(foreach f,$(sort $(filter %.c,$(srcs) $(study-srcs) $(tour-srcs))),$(call entry,$(f))$(comma)))
	@sed '$$s/,$$/]/' $@.part >$@
compile_commands.json: $(B)/compile_commands.json
	@cmp -s $< $@ || cp $< $@

# ---- programs -----------------------------------------------------------------------------------
-include user/user.mk

# ---- running ------------------------------------------------------------------------------------
# CMDLINE, MEMORY, VCPUS, TIMEOUT, DISK, NET and the like reach these through their environment.
# The programs' image: Debian's busybox and our programs; another one with what ADD="PATH[:PLACE] ..." names besides.
image         := build/programs$(user-bits)$(if $(ADD),-added).cpio
image-options := $(if $(user-bits),--i386) --list $(user-list)
$(image:.cpio=.args): FORCE
	$(call record,'$(ADD)')
$(image): tools/initramfs $(image:.cpio=.args) $(user-list) $(user-elfs) $(if $(ADD),FORCE) | deps-run
	@tools/initramfs --out $@ $(image-options) $(foreach word,$(ADD),--add $(word))

programs: $(user-elfs) $(test-list) $(image)

# Of several at once in one tree one builds; the others find it built.
run: | deps-run
	@mkdir -p build
	@flock -o build/lock $(MAKE) $(B)/paravane $(image)
	@RAMDISK=$(image) IMAGE='$(image-options)' tools/run $(ENV) $(B)/paravane

# One static program on Debian's Linux and on ours, as domains of the same Xen.
# ROWS and GUESTS choose, EXACT=1 counts instructions, QUICK=1 is one run. The programs of 64 bits are pv64's.
bench-envs := $(sort pv64 $(if $(GUESTS),$(filter $(ENVS),$(subst $(comma), ,$(GUESTS))),pvh64 pv32))
bench: | deps-run deps-build
	@$(foreach env,$(bench-envs),$(MAKE) ENV=$(env) all bench-programs && ) true
	@tools/bench/bench $(if $(QUICK),--quick) $(if $(EXACT),--exact) $(if $(GUESTS),--guests $(GUESTS)) $(ROWS)

# The guided tour: a kernel with tour/, a program with user/tour. Its configuration is its own.
tour: programs | deps-run
	@test -f build/tour/$(ENV)/.config || \
		$(PYTHON) tools/config.py set --env $(ENV) --config build/tour/$(ENV)/.config TOUR=y
	@$(MAKE) ENV=$(ENV) B=build/tour/$(ENV) build/tour/$(ENV)/paravane
	@IMAGE='$(image-options)' CMDLINE='run="tour"' CMD=/bin/tour ADD=$(U)/tour:/bin/tour tools/run $(ENV) build/tour/$(ENV)/paravane

# What a port to Xen costs in lines; DESCRIPTION=... for another tree than Linux and this one.
study-porting: | deps-study
	@tools/porting/study $(DESCRIPTION)

# The same at the disk and the network; the program is its own peer in dom0, and so linked with Debian's
# C library. For pv32 it is another.
bench-cflags := -O2 -static $(warnings)
build/bench32/io: bench-cflags += -m32
build/bench/io build/bench32/io: $(wildcard tests/bench/io/*.c tests/bench/io/*.h) tests/bench/main.c tests/bench/bench.h Makefile | deps-bench
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)$(CC) $(bench-cflags) -o $@ $(filter %.c,$^)

bench-io: build/bench/io $(if $(filter pv32,$(bench-envs)),build/bench32/io) | deps-run
	@$(foreach env,$(bench-envs),$(MAKE) ENV=$(env) all && ) true
	@tools/bench/io $(if $(QUICK),--runs 1) $(if $(EXACT),--exact) $(if $(GUESTS),--guests $(GUESTS)) $(ROWS)

# Boots in a row, disk and network checked in each.
soak: programs | deps-run
	@for env in $(or $(SOAK),$(ENVS)); do $(MAKE) ENV=$$env all || exit 1; done
	@tools/soak/soak $(if $(N),--boots $(N)) $(SOAK)

# What batching hypercalls is worth: figures and a report. GUESTS=... and RUNS=N choose.
study-batching: | deps-build deps-run deps-study
	@$(foreach env,$(ENVS),$(MAKE) ENV=$(env) build/$(env)/study study-programs && ) true
	@$(foreach env,pv64 pv32,{ test -f build/plain/$(env)/.config || $(PYTHON) tools/config.py set --env $(env) \
		--config build/plain/$(env)/.config COUNT_PLAIN=y; } && \
		$(MAKE) ENV=$(env) B=build/plain/$(env) build/plain/$(env)/paravane && ) true
	@tools/study/batching $(if $(GUESTS),--guests $(GUESTS)) $(if $(RUNS),--runs $(RUNS))

gdb: $(B)/paravane | deps-run deps-check
	@tools/gdb-guest $(ENV) $(B)/paravane

# ---- checks and tests ---------------------------------------------------------------------------
-include tests/host/host.mk
-include tests/fuzz/fuzz.mk

# What tools/check has built for it: everything; what not all environments share; and kernel/ as one object of its own.
$(B)/checked: all $(B)/study $(B)/compile_commands.json $(user-elfs) $(tour-srcs:%=$(B)/%.o)
	@touch $@
$(B)/checked-own: $(filter-out $(B)/kernel/% $(B)/tests/contract/%,$(objs) $(study-objs)) $(B)/compile_commands.json \
	$(tour-srcs:%=$(B)/%.o)
	@touch $@
$(B)/kernel.o: $(filter $(B)/kernel/%,$(objs))
	$(Q)$(LD) $(width-ldflags-$(width)) -r -o $@ $^

check: | deps-build deps-check
	@tools/check

test: | deps-build deps-run deps-emulator deps-check deps-study
	@tests/run $(if $(T),-k '$(T)')

format: | deps-check
	@tools/check --sources | xargs clang-format -i

docs/hypercalls.md: abi/xen/hypercall.def tools/hypercall-doc.py
	$(call say,DOC,$@)
	$(Q)$(PYTHON) tools/hypercall-doc.py $< >$@
docs/syscalls.md: abi/linux/syscall.def $(wildcard abi/linux/*/abi/syscall.def) tools/syscall-doc.py
	$(call say,DOC,$@)
	$(Q)$(PYTHON) tools/syscall-doc.py $< >$@

# ---- the rest -----------------------------------------------------------------------------------
deps:
	@tools/deps
deps-build deps-run deps-emulator deps-check deps-bench deps-study: deps-%:
	@tools/deps $*

# What was built; the rig, which takes minutes to make, stays, and so do the disks of `make run`.
clean:
	rm -rf $(addprefix build/,$(ENVS) fake check test soak run/[0-9]* bench bench32 study study32 plain tour extents rogue include user user32) compile_commands.json

distclean: clean
	@test ! -x tools/rig/rig || tools/rig/rig stop --all 2>/dev/null || true
	rm -rf build

help:
	@sed -n 's/^#: \?//p' Makefile

#: Paravane, a small guest kernel for Xen.
#:
#:   make                 build the kernel of ENV: build/ENV/paravane
#:   make programs        our own programs: build/user/, and build/programs.cpio with them
#:   make run             boot it; on a terminal its console is yours, Ctrl-] ends it, and it has a
#:                        root on a disk that stays (build/run/ENV/root.img) and a network
#:   make test            all tests; T=PATTERN for those whose name has it; ALL=1: nothing by turns (docs/testing.md)
#:   make check           what can be said without running: style, include rules, warnings
#:   make bench           compare it with Linux: hypercalls and times; ROWS=..., GUESTS=..., QUICK=1, EXACT=1
#:   make tour            what makes x86 hard to virtualize, shown where ENV runs
#:   make study-porting   what a port to Xen costs in lines, beside Linux's and what was published
#:   make bench-io        the same at the disk and the network; GUESTS=linux-pv,pv64
#:   make soak            N=100 boots in a row with disk and network checked; SOAK='pv64 native64'
#:   make study-batching  what batching hypercalls is worth: figures and a report; GUESTS=..., RUNS=N
#:   make gdb             boot it with a debugger attached
#:   make fuzz            fuzz the parsers of what others say, FUZZ_SECONDS each (60)
#:   make menuconfig      choose options; kept in build/ENV/.config
#:   make format          format all C files
#:   make deps            install the Debian packages this needs, or say which
#:   make clean           remove what was built; the rig, minutes of work, and disks stay
#:   make distclean       remove those too
#:
#: Variables:
#:   ENV=pv64             Xen, paravirtualized (default); or
#:       pvh64            Xen, hardware-assisted; or
#:       native64         no Xen: plain QEMU, the baseline; or
#:       pv32             Xen, paravirtualized, 32-bit in ring 1; its programs are i386's
#:   CMDLINE='...'        the guest's command line; without a terminal: run="report; poweroff"
#:   MEMORY=32 VCPUS=1    what the guest gets: MB, virtual CPUs
#:   DISK=none            no disk, the root is in memory; or DISK=FILE, another one (made if not there)
#:   DISK_SIZE=64         MB of a disk that is made, or that shall grow
#:   NET=none             no network; or, on Xen, the guest's address on the rig's bridge (10.0.0.2)
#:   FORWARD='8080:80'    ports of this machine's that lead to the guest's
#:   TIMEOUT=120          seconds until `make run` gives up; on a terminal: never
#:   CC=clang             another compiler; give it a directory of its own: B=build/clang
#:   EXTRA_CFLAGS=-Og     more compiler flags
#:   V=1                  show whole commands
#:
#: Examples:
#:   make run ENV=pvh64
#:   make run ENV=native64 FORWARD=8080:80            # there: httpd; here: curl localhost:8080
#:   make run CMDLINE='batch=1 run="test all; poweroff"'
#:   make test T=evtchn
#:   make gdb ENV=native64

FORCE:
.PHONY: study-batching all run programs gdb bench bench-io soak tour study-porting check test format menuconfig deps deps-build deps-run deps-emulator deps-check \
	deps-bench deps-study clean distclean help FORCE
-include $(objs:.o=.d) $(study-objs:.o=.d) $(tour-srcs:%=$(B)/%.d) $(vdso-objs:.o=.d) $(abi-checks:.o=.d) $(lds).d
