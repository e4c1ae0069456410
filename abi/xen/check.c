/*
 * check.c - layout.def and hypercall.def hold what Xen's public headers say.
 *
 * Compiled at both widths by every build; it makes no code.
 */
#include <stddef.h>
#include <stdint.h>
#include <xen/xen.h>
#include <xen/callback.h>
#include <xen/event_channel.h>
#include <xen/grant_table.h>
#include <xen/hvm/hvm_op.h>
#include <xen/memory.h>
#include <xen/physdev.h>
#include <xen/sched.h>
#include <xen/vcpu.h>
#include <xen/version.h>
#include <xen/arch-x86/hvm/start_info.h>
#include <xen/io/blkif.h>
#include <xen/io/console.h>
#include <xen/io/netif.h>
#include <xen/io/xs_wire.h>

#ifdef __x86_64__
#define AT_THIS_WIDTH(v64, v32) (v64)
#else
#define AT_THIS_WIDTH(v64, v32) (v32)
#endif

#define SIZE(name, s64, s32)                                                                       \
	_Static_assert(sizeof(struct name) == AT_THIS_WIDTH(s64, s32), "size of struct " #name);
#define LAYOUT(name, field, o64, o32)                                                              \
	_Static_assert(offsetof(struct name, field) == AT_THIS_WIDTH(o64, o32),                    \
		"offset of " #field " in struct " #name);
#include "layout.def"

#define HYPERCALL(nr, name, ...)                                                                   \
	_Static_assert((nr) == __HYPERVISOR_##name, "number of hypercall " #name);
#define HC0 HYPERCALL
#define HC1 HYPERCALL
#define HC2 HYPERCALL
#define HC3 HYPERCALL
#define HC4 HYPERCALL
#define HC5 HYPERCALL
#include "hypercall.def"

/* A unit of a shared array must fill its page: the count is part of the protocol. */
_Static_assert(4096 / sizeof(struct grant_entry_v1) == 512, "grant entries in a frame");
_Static_assert(sizeof(event_word_t) == 4, "FIFO event word");
