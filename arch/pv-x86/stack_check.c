/*
 * stack_check.c (pv-x86) - a stack overflow that can still be reported.
 *
 * On bare hardware the fault in the guard page is taken on another stack. Xen
 * has no such thing for a PV kernel: it builds every frame on the stack that is in use, and
 * when that has run into its guard page Xen can only crash the domain. So the
 * overflow must be seen before it happens.
 *
 * The compiler leaves some bytes of nothing at the entry of every function
 * (-fpatchable-function-entry). At boot they become a comparison of the stack
 * pointer with this CPU's limit, and a call of stack_exhausted (stack_check.S) that
 * is jumped over as long as there is room; or, with stackcheck=off, two long
 * nops. The guard page still stands behind it.
 *
 * Invariants:
 *   S1  port_cpu.stack_limit is the base of the running stack plus STACK_MARGIN.
 *   S2  STACK_MARGIN covers the largest frame of a function (-Wframe-larger-than)
 *       and a trap frame on top of it.
 */
#include "stack_check.h"

#include <kernel/cpu.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <port/stack_entry.h>
#include <x86/frame.h>
#include <x86/stack.h>

#define STACK_MARGIN 2048u
#define FRAME_MOST   1024u /* the Makefile's -Wframe-larger-than for this port */

_Static_assert(STACK_MARGIN >= FRAME_MOST + 2 * FRAME_SIZE, "S2");

extern uint8_t *const function_entries_start[], *const function_entries_end[];
void stack_exhausted(void);
void stack_overflow(vaddr_t pc, vaddr_t frame_pointer) __noreturn;

static bool enabled = true;
OPTION_FLAG(stackcheck, "stackcheck", enabled,
	"report stack overflows by name instead of by Xen's crash dump; off saves two instructions a call");

/* The text is writable only before options are parsed, so this one is looked for by hand. */
static bool is_off(const char *command_line)
{
	return strstr(command_line, "stackcheck=off");
}

/* Written without calling anything: any function may be half patched. */
struct entry {
	uint8_t compare[ENTRY_COMPARE_LEN]; /* the stack pointer with a word in memory */
	uint32_t limit;			    /* the word's address in the per-CPU segment */
	uint16_t jump;			    /* jae +5: 73 05 */
	uint8_t call;			    /* call rel32 */
	int32_t target;
} __packed;

_Static_assert(sizeof(struct entry) == 2 * ENTRY_NOP_LEN, "three instructions, or two nops");

static void entry_patch(uint8_t *at, bool off)
{
	struct entry *entry = (struct entry *)at;

	if (off) {
		for (unsigned i = 0; i < sizeof(*entry); i++) {
			at[i] = (uint8_t)(ENTRY_NOP >> 8 * (i % ENTRY_NOP_LEN));
		}
		return;
	}
	for (unsigned i = 0; i < ENTRY_COMPARE_LEN; i++) {
		entry->compare[i] = (uint8_t)(ENTRY_COMPARE >> 8 * i);
	}
	entry->limit = PORT_STACK_LIMIT;
	entry->jump = 0x0573;
	entry->call = 0xe8;
	entry->target = (int32_t)((vaddr_t)stack_exhausted - ((vaddr_t)at + sizeof(*entry)));
}

void stack_check_set(vaddr_t stack_base)
{
	cpu_this()->port.stack_limit = stack_base + STACK_MARGIN;
}

void stack_check_patch(const char *command_line)
{
	bool off = is_off(command_line);

	stack_check_set((vaddr_t)boot_stack + BOOT_STACK_GUARD);
	for (uint8_t *const *entry = function_entries_start; entry < function_entries_end;
		entry++) {
		entry_patch(*entry, off);
	}
}

/* stack_exhausted comes here on a stack of its own; the limit is off, so that panic can call. */
void stack_overflow(vaddr_t pc, vaddr_t frame_pointer)
{
	const struct thread *thread = thread_current();

	panic_at(pc, frame_pointer, "stack overflow in thread %s", thread ? thread->name : "boot");
}
