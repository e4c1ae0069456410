/*
 * tour - the same instructions as the kernel's tour runs (tour/sensitive.c), as a program finds them.
 *
 * It is an ordinary program, so it runs on Linux too. A trap arrives as a signal. In 64-bit code PUSH
 * and POP take FS and GS only, and far CALL and JMP take an operand in memory, here with a 32-bit
 * offset: this program lies below 4 GiB.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define FLAG_IF 0x200ul

/* Whose default in 64-bit code is an offset of 32 bits. */
#ifdef __x86_64__
#define FAR_RETURN "lretq"
#else
#define FAR_RETURN "lret"
#endif

static jmp_buf back;

struct table_pointer {
	uint16_t limit;
	unsigned long base;
} __attribute__((packed));

struct far_pointer {
	uint32_t offset;
	uint16_t selector;
} __attribute__((packed));

/* What the current instruction is given and gives. */
static volatile struct {
	struct table_pointer table;
	struct far_pointer far;
	unsigned long value, before;
	unsigned long selector;
	uint8_t yes;
} it;

static void on_signal(int signal)
{
	longjmp(back, signal);
}

static void show(const char *name, const char *outcome, const char *fmt, ...)
{
	va_list args;

	printf("    > %-24s %-9s ", name, outcome);
	va_start(args, fmt);
	vprintf(fmt, args);
	va_end(args);
	printf("\n");
}

/* Run `step`; false, and a line that says so, if it traps. */
static int went(const char *name, void (*step)(void))
{
	int signal = setjmp(back);

	if (signal) {
		show(name, "trapped", "signal %d, %s", signal,
			signal == SIGILL ? "SIGILL" : "SIGSEGV");
		return 0;
	}
	step();
	return 1;
}

/* ---- registers of the machine ------------------------------------------------ */

static void sgdt(void)
{
	__asm__ volatile("sgdt %0" : "=m"(it.table));
}

static void sidt(void)
{
	__asm__ volatile("sidt %0" : "=m"(it.table));
}

static void sldt(void)
{
	unsigned long value = 0;

	__asm__ volatile("sldt %0" : "+r"(value));
	it.value = value;
}

static void str(void)
{
	unsigned long value = 0;

	__asm__ volatile("str %0" : "+r"(value));
	it.value = value;
}

static void smsw(void)
{
	unsigned long value = 0;

	__asm__ volatile("smsw %0" : "+r"(value));
	it.value = value;
}

static void pushf(void)
{
	unsigned long value;

	__asm__ volatile("pushf\n\tpop %0" : "=r"(value));
	it.value = value;
}

static void popf(void)
{
	unsigned long asked = it.before & ~FLAG_IF, after;

	__asm__ volatile("push %1\n\tpopf\n\tpushf\n\tpop %0" : "=&r"(after) : "r"(asked) : "cc");
	it.value = after;
}

static void tables(void)
{
	if (went("sgdt", sgdt)) {
		show("sgdt", "returned", "base %#lx limit %#x", it.table.base, it.table.limit);
	}
	if (went("sidt", sidt)) {
		show("sidt", "returned", "base %#lx limit %#x", it.table.base, it.table.limit);
	}
	if (went("sldt", sldt)) {
		show("sldt", "returned", "%#lx", it.value);
	}
	if (went("str", str)) {
		show("str", "returned", "%#lx", it.value);
	}
	if (went("smsw", smsw)) {
		show("smsw", "returned", "%#lx", it.value);
	}
	if (went("pushf", pushf)) {
		it.before = it.value;
		show("pushf", "returned", "%#lx: IF %d, IOPL %lu", it.value,
			it.value & FLAG_IF ? 1 : 0, it.value >> 12 & 3);
	}
	if (went("popf", popf)) {
		show("popf", it.value & FLAG_IF ? "ignored" : "done", "IF was %d, asked 0, is %d",
			it.before & FLAG_IF ? 1 : 0, it.value & FLAG_IF ? 1 : 0);
	}
}

/* ---- segments ------------------------------------------------------------------ */

static void lar(void)
{
	unsigned long rights = 0;
	uint8_t yes;

	__asm__ volatile("lar %2, %0\n\tsetz %1"
			 : "+r"(rights), "=q"(yes)
			 : "r"(it.selector)
			 : "cc");
	it.value = rights;
	it.yes = yes;
}

static void lsl(void)
{
	unsigned long limit = 0;
	uint8_t yes;

	__asm__ volatile("lsl %2, %0\n\tsetz %1"
			 : "+r"(limit), "=q"(yes)
			 : "r"(it.selector)
			 : "cc");
	it.value = limit;
	it.yes = yes;
}

static void verr(void)
{
	uint8_t yes;

	__asm__ volatile("verr %w1\n\tsetz %0" : "=q"(yes) : "r"(it.selector) : "cc");
	it.yes = yes;
}

static void verw(void)
{
	uint8_t yes;

	__asm__ volatile("verw %w1\n\tsetz %0" : "=q"(yes) : "r"(it.selector) : "cc");
	it.yes = yes;
}

static void push(void)
{
	unsigned long value;

	__asm__ volatile("push %%gs\n\tpop %0" : "=r"(value));
	it.value = value;
}

static void pop(void)
{
	__asm__ volatile("push %0\n\tpop %%gs" ::"r"(it.selector) : "memory");
}

static void mov_from(void)
{
	uint32_t value;

	__asm__ volatile("movl %%cs, %0" : "=r"(value));
	it.value = value;
}

static void mov_to(void)
{
	__asm__ volatile("movl %0, %%gs" ::"r"((uint32_t)it.selector) : "memory");
}

static void segments(void)
{
	went("mov from %cs", mov_from);
	it.selector = it.value;
	show("mov from %cs", "returned", "%#lx: ring %lu", it.value, it.value & 3);
	if (went("lar (our code)", lar)) {
		show("lar (our code)", "returned", "%s %#lx", it.yes ? "visible" : "not visible",
			it.value);
	}
	if (went("lsl (our code)", lsl)) {
		show("lsl (our code)", "returned", "%s %#lx", it.yes ? "visible" : "not visible",
			it.value);
	}
	if (went("verr (our code)", verr)) {
		show("verr (our code)", "returned", "%s", it.yes ? "readable" : "not readable");
	}
	if (went("verw (our code)", verw)) {
		show("verw (our code)", "returned", "%s", it.yes ? "writable" : "not writable");
	}
	if (went("push %gs", push)) {
		show("push %gs", "returned", "%#lx", it.value);
	}
	it.selector = 8; /* of whoever made the table: not for ring 3 */
	if (went("pop %gs (0x8)", pop)) {
		show("pop %gs (0x8)", "done", "");
	}
	if (went("mov to %gs (0x8)", mov_to)) {
		show("mov to %gs (0x8)", "done", "");
	}
}

/* ---- jumps ---------------------------------------------------------------------- */

static void call(void)
{
	__asm__ volatile("movl $3f, %[offset]\n\tlcall *%[far]\n\tjmp 4f\n3:\tlretl\n4:"
			 : [offset] "=m"(it.far.offset), [far] "+m"(it.far)
			 :
			 : "memory");
}

static void jump(void)
{
	__asm__ volatile("movl $3f, %[offset]\n\tljmp *%[far]\n3:"
			 : [offset] "=m"(it.far.offset), [far] "+m"(it.far)
			 :
			 : "memory");
}

static void ret(void)
{
	__asm__ volatile("push %0\n\tpush $3f\n\t" FAR_RETURN
			 "\n3:" ::"r"((unsigned long)it.far.selector)
			 : "memory");
}

static void interrupt(void)
{
	__asm__ volatile("int $5");
}

static void jumps(void)
{
	it.selector = 0;
	mov_from();
	it.far.selector = (uint16_t)it.value;
	if (went("call (our code)", call)) {
		show("call (our code)", "done", "%#x", it.far.selector);
	}
	if (went("jmp (our code)", jump)) {
		show("jmp (our code)", "done", "%#x", it.far.selector);
	}
	if (went("ret (our code)", ret)) {
		show("ret (our code)", "done", "%#x", it.far.selector);
	}
	if (went("int 5", interrupt)) {
		show("int 5", "ignored", "");
	}
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	sigaction(SIGILL, &action, NULL);
	printf("\ntour: in a program, ring 3\n");
	printf("\n9. What a program sees\n");
	printf("  The instructions of chapter 2 where they were meant to be harmless. What returns the\n");
	printf("  machine's state shows it to any program; processors with UMIP can forbid the first five,\n");
	printf("  and who turns it on decides: the kernel in ring 0, or Xen.\n");
	tables();
	segments();
	jumps();
	printf("\ntour: the end\n");
	return 0;
}
