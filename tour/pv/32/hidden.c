/*
 * hidden.c (pv32) - state that instructions write and none reads: the hidden part of a segment register.
 *
 * Loading a selector copies base, limit and rights out of the descriptor into the register, behind the
 * selector, and that copy is what the processor goes by. Change the descriptor, and register and
 * table disagree; no instruction tells what the register has.
 */
#include <arch/cpu.h>
#include <drivers/xen/hypercall.h>
#include <kernel/cpu.h>
#include <x86/pt.h>
#include <x86/user.h>
#include "../../attempt.h"
#include "../../tour.h"

#define SELECTOR (GDT_TLS_FIRST * 8 + 3)

static unsigned long before[1] = { 0x6265666f }, after[1] = { 0x61667465 };

/* Present, data, writable, ring 3, 32-bit, in pages: all of the address space from `base` on (SDM 3A, 3.4.5). */
static uint64_t descriptor_of(const void *base)
{
	uint64_t at = (vaddr_t)base;

	return UINT64_C(0x00cff3000000ffff) | (at & 0xffffff) << 16 | at >> 24 << 56;
}

static void read_show(const char *name)
{
	unsigned long value = 0;
	bool went = ATTEMPT("mov %%gs:0, %[value]", [value] "+r"(value));

	tour_attempt(went, name, "returned", "%#lx", value);
}

static void register_show(void)
{
	uint64_t *table = cpu_this()->port.width.gdt;
	unsigned long selector = SELECTOR;
	bool went = ATTEMPT("mov %[selector], %%gs", [selector] "+r"(selector));
	long err;

	tour_attempt(went, "load %gs", "done", "%#lx", selector);
	read_show("read by %gs");
	err = xen_update_descriptor(machine_of(&table[GDT_TLS_FIRST]), descriptor_of(after));
	tour_show("change the descriptor", err ? "refused" : "done", "update_descriptor: %ld", err);
	read_show("read by %gs again");
	went = ATTEMPT("mov %%gs, %[selector]\n\tmov %[selector], %%gs", [selector] "+r"(selector));
	tour_attempt(went, "save, restore %gs", "done", "%#lx", selector);
	read_show("read by %gs at last");
}

void tour_hidden(void)
{
	struct port_user first = { .tls = { { descriptor_of(before) } } },
			 none = { .tls = { { 0 } } };
	irq_state_t irq;

	tour_say(
		"A hypervisor that stops a guest has to save its state, and cannot read all of it; nor can a");
	tour_say(
		"kernel that switches threads. What is behind GS, when the table says something else by now:");
	port_tls_load(&first);
	irq = irq_save();
	register_show();
	irq_restore(irq);
	port_tls_load(&none);
	tour_say(
		"Who saves and restores the selector loads what the table has now, not what the register had. So");
	tour_say(
		"Xen keeps descriptor tables read-only and looks at each change; the port remembers each");
	tour_say(
		"program's descriptors and writes those that differ in the switch's batch (arch/pv-x86/32/gdt.c).");
}
