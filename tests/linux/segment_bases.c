/*
 * segment_bases.c - each process finds its own base in the segment register that its C library leaves
 * alone (GS, on i386 FS), whoever ran before: processes with bases of their own and with none give way
 * to each other, one of which empties the register each time.
 *
 * The first word of each process's segment holds its number.
 */
#define _GNU_SOURCE
#include <asm/ldt.h>
#include <asm/prctl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define ROUNDS 300

static unsigned long words[] = { 0, 1, 2, 3 };

#ifdef __x86_64__
#define SEGMENT "%%gs"

static int base_set(unsigned long base)
{
	return (int)syscall(SYS_arch_prctl, ARCH_SET_GS, base);
}
#else
#define SEGMENT "%%fs"

static int base_set(unsigned long base)
{
	static unsigned entry = -1u; /* any that is free */
	struct user_desc d = { .entry_number = entry,
		.base_addr = base,
		.limit = 0xfffff,
		.seg_32bit = 1,
		.limit_in_pages = 1,
		.useable = 1 };

	if (syscall(SYS_set_thread_area, &d)) {
		return -1;
	}
	entry = d.entry_number;
	__asm__ volatile("mov %0, " SEGMENT : : "r"(entry << 3 | 3));
	return 0;
}
#endif

static void register_empty(void)
{
	__asm__ volatile("mov %0, " SEGMENT : : "r"(0));
}

static unsigned long read_at(unsigned long offset)
{
	unsigned long value;

	__asm__ volatile("mov " SEGMENT ":(%1), %0" : "=r"(value) : "r"(offset));
	return value;
}

static int own_base(unsigned long own)
{
	if (base_set((unsigned long)&words[own])) {
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		if (read_at(0) != own) {
			return 2;
		}
		sched_yield();
	}
	return 0;
}

/* With base 0 the offset is the address. */
static int no_base(unsigned long own)
{
	if (base_set(0)) {
		return 1;
	}
	for (int i = 0; i < ROUNDS; i++) {
		if (read_at((unsigned long)&words[own]) != own) {
			return 2;
		}
		sched_yield();
	}
	return 0;
}

static int emptied(unsigned long own)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (base_set((unsigned long)&words[own]) || read_at(0) != own) {
			return 1;
		}
		register_empty();
		sched_yield();
	}
	return 0;
}

int main(void)
{
	static int (*const kinds[])(unsigned long own) = { no_base, own_base, emptied, own_base };
	pid_t pids[4];
	int status;

	for (unsigned long i = 0; i < 4; i++) {
		pids[i] = fork();
		if (!pids[i]) {
			_exit(kinds[i](i));
		}
	}
	for (unsigned i = 0; i < 4; i++) {
		waitpid(pids[i], &status, 0);
		printf("segment bases, process %u: %s\n", i, status ? "failure" : "success");
	}
	return 0;
}
