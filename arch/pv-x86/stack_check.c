/*
 * stack_check.c (pv-x86) - a stack overflow that can still be reported.
 *
 * On bare hardware the fault in the guard page is taken on another stack. Xen
 * has no such thing for a PV kernel: it builds every frame on the stack that is in use, and
 * when that has run into its guard page Xen can only crash the domain. So the
 * overflow must be seen before it happens.
 *
 * The compiler leaves five bytes of nothing at the entry of every function
 * (-fpatchable-function-entry). At boot they become a call of stack_check
 * (64/stack_check.S), which compares the stack pointer with this CPU's limit, or,
 * with stackcheck=off, one long nop. The guard page still stands behind it.
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
#include <x86/frame.h>
#include <x86/stack.h>

#define ENTRY_LEN    5
#define STACK_MARGIN 2048u
#define FRAME_MOST   1024u /* the Makefile's -Wframe-larger-than for this port */

_Static_assert(STACK_MARGIN >= FRAME_MOST + 2 * FRAME_SIZE, "S2");

extern uint8_t *const function_entries_start[], *const function_entries_end[];
void stack_check(void);
void stack_overflow(vaddr_t pc, vaddr_t frame_pointer) __noreturn;

static bool enabled = true;
OPTION_FLAG(stackcheck, "stackcheck", enabled,
	"report stack overflows by name instead of by Xen's crash dump; off saves four instructions a call");

/* The text is writable only before options are parsed, so this one is looked for by hand. */
static bool is_off(const char *command_line)
{
	return strstr(command_line, "stackcheck=off");
}

/* One instruction of five bytes, written without calling anything: any function may be half patched. */
struct entry {
	uint8_t opcode;
	int32_t operand;
} __packed;

_Static_assert(sizeof(struct entry) == ENTRY_LEN, "call rel32, and a five-byte nop");

static void entry_patch(uint8_t *at, bool off)
{
	struct entry *entry = (struct entry *)at;

	if (off) {
		entry->opcode = 0x0f; /* nopl 0(rax, rax): 0f 1f 44 00 00 */
		entry->operand = 0x0000441f;
	} else {
		entry->opcode = 0xe8; /* call rel32 */
		entry->operand = (int32_t)((vaddr_t)stack_check - ((vaddr_t)at + ENTRY_LEN));
	}
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

/* stack_check.S comes here on a stack of its own; the limit is off, so that panic can call. */
void stack_overflow(vaddr_t pc, vaddr_t frame_pointer)
{
	const struct thread *thread = thread_current();

	panic_at(pc, frame_pointer, "stack overflow in thread %s", thread ? thread->name : "boot");
}
