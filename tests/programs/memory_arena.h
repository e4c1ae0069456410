/*
 * memory_arena.h - the pages that memory_random.c plays with, as the system has them: where they are, the
 * objects they show, and what touching one gives.
 */
#ifndef TESTS_MEMORY_ARENA_H
#define TESTS_MEMORY_ARENA_H

#include "memory_model.h"

#include <setjmp.h>
#include <signal.h>

static char *arena, *anonymous[OBJECTS];
static int files[OBJECTS], scratch;
static jmp_buf back;
static volatile int fault;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	fault = FAULT(signal, info->si_code);
	longjmp(back, 1);
}

static char *at(int page)
{
	return arena + (long)page * PAGE;
}

static uint32_t *word_at(int page, int word)
{
	return (uint32_t *)(at(page) + (word ? PAGE - sizeof(uint32_t) : 0));
}

/* What an access gives: FAULT(), or 0 and the word. */
static long access_word(int page, int word, bool is_write, uint32_t *value)
{
	volatile uint32_t *p = word_at(page, word);

	fault = 0;
	if (!setjmp(back)) {
		if (is_write) {
			*p = *value;
		} else {
			*value = *p;
		}
	}
	return fault;
}

/* Objects of zeroes, and an arena that lies across the border of two page tables. */
static void prepare(void)
{
	size_t table = PAGE * (PAGE / 8), len = 2 * table;
	char *room = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	uintptr_t border = ((uintptr_t)room + table - 1) / table * table;
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	arena = (char *)border -
		(border - (uintptr_t)room < ARENA / 2 * PAGE ? 0 : ARENA / 2 * PAGE);
	for (int i = 0; i < OBJECTS; i++) {
		char name[] = { 'f', (char)('0' + i), 0 };

		if (i < FILES) {
			files[i] = i ? (int)syscall(SYS_memfd_create, name, 0)
				     : open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
			ftruncate(files[i], OBJECT_PAGES * (off_t)PAGE);
		} else {
			anonymous[i] = mmap(NULL, OBJECT_PAGES * PAGE, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
		}
	}
	scratch = open("scratch", O_RDWR | O_CREAT | O_TRUNC, 0600);
	munmap(arena, ARENA * PAGE);
	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
}

#endif
