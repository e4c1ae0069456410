# Paravane's build. `make help` says what there is.
#
# One environment per build directory: build/$(ENV)/. The environment chooses
# directories, never #if: all .c and .S files of a chosen directory are linked.

ENV ?= pv64
ENVS := pv64 pvh64 native64

SHELL := /bin/bash
.DEFAULT_GOAL := all
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules

PYTHON := /usr/bin/python3
CC     := gcc
LD     := ld
NM     := nm
HOSTCC ?= clang

B := build/$(ENV)

# What is linked: for every environment, for every x86 one, for Xen ones, for one.
dirs-all      := kernel/core kernel/mm kernel/sched kernel/time kernel/log
dirs-x86      := arch/x86
dirs-xen      := drivers/xen drivers/front
dirs-ktest    := tests/guest tests/contract
dirs-pv64     := $(dirs-x86) arch/pv-x86 arch/pv-x86/64 $(dirs-xen) tests/guest/xen
dirs-pvh64    := $(dirs-x86) arch/hw-x86 arch/hw-x86/pvh $(dirs-xen) tests/guest/xen
dirs-native64 := $(dirs-x86) arch/hw-x86 arch/hw-x86/native drivers/hw

dirs := $(dirs-all) $(dirs-$(ENV)) $(dirs-ktest)
srcs := $(foreach d,$(dirs),$(sort $(wildcard $(d)/*.c $(d)/*.S)))
objs := $(patsubst %,$(B)/%.o,$(srcs))

port-pv64     := arch/pv-x86/include
port-pvh64    := arch/hw-x86/pvh/include arch/hw-x86/include
port-native64 := arch/hw-x86/native/include arch/hw-x86/include

warnings := -Wall -Wextra -Werror -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
	-Wundef -Wvla -Wno-unused-parameter -Wimplicit-fallthrough -Wpointer-arith -Wwrite-strings
CFLAGS := -std=gnu11 -O2 -g -ffreestanding -fno-pic -fno-pie -mcmodel=kernel -mno-red-zone \
	-mgeneral-regs-only -fno-omit-frame-pointer -fno-optimize-sibling-calls -fno-common \
	-fno-stack-protector -fno-asynchronous-unwind-tables -fno-strict-aliasing \
	-fcf-protection=none -ffunction-sections -fdata-sections $(warnings)
CPPFLAGS = -nostdinc -isystem $(shell $(CC) -print-file-name=include) -include $(B)/config.h \
	-Ikernel/include -Iarch/include $(addprefix -I,$(port-$(ENV))) -Iarch/x86/include -Iabi

# Only these see Xen's headers; kernel/ never does.
xen-includes := -Ibuild/include -Idrivers/include -D__XEN_INTERFACE_VERSION__=0x00041000
$(B)/drivers/% $(B)/arch/% $(B)/tests/guest/xen/%: CPPFLAGS += $(xen-includes)

all: $(B)/paravane

$(B)/config.h: Kconfig tools/config.py $(wildcard $(B)/.config)
	@mkdir -p $(@D)
	@$(PYTHON) tools/config.py header --env $(ENV) --config $(B)/.config --out $@

build/include/xen:
	@mkdir -p $(@D)
	@ln -sfn /usr/include/xen $@

$(B)/%.c.o: %.c $(B)/config.h | build/include/xen
	@mkdir -p $(@D)
	@echo "  CC      $<"
	@$(CC) $(CPPFLAGS) $(CFLAGS) -MMD -MP -c $< -o $@

$(B)/%.S.o: %.S $(B)/config.h | build/include/xen
	@mkdir -p $(@D)
	@echo "  AS      $<"
	@$(CC) $(CPPFLAGS) -MMD -MP -D__ASSEMBLY__ -c $< -o $@

# Two links: the first gives the symbol table that the second carries for backtraces.
lds := $(B)/kernel.lds
$(lds): arch/x86/kernel.lds $(B)/config.h
	@mkdir -p $(@D)
	@$(CC) -E -P -x assembler-with-cpp $(CPPFLAGS) -o $@ $<

LDFLAGS := -nostdlib -static -z max-page-size=4096 -z noexecstack --gc-sections -T $(lds) --no-warn-rwx-segments

$(B)/paravane.nosyms: $(objs) $(lds)
	@echo "  LD      $@"
	@$(LD) $(LDFLAGS) -o $@ $(objs)

$(B)/ksyms.S: $(B)/paravane.nosyms tools/ksyms.py
	@$(NM) -n $< | $(PYTHON) tools/ksyms.py > $@

$(B)/ksyms.o: $(B)/ksyms.S
	@$(CC) -c $< -o $@

$(B)/paravane: $(objs) $(B)/ksyms.o $(lds)
	@echo "  LD      $@"
	@$(LD) $(LDFLAGS) -o $@ $(objs) $(B)/ksyms.o

clean:
	rm -rf build/pv64 build/pvh64 build/native64 build/fake

.PHONY: all clean
-include $(objs:.o=.d)
