/*
 * start.c - from the kernel's stack to main(): thread-local storage, newlib's state, constructors.
 *
 * No variable with thread-local storage and no errno before tls_start().
 */
#include "thread.h"

#include <elf.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#define TLS_ALIGN 64ul

extern void (*__preinit_array_start[])(int, char **, char **);
extern void (*__preinit_array_end[])(int, char **, char **);
extern void (*__init_array_start[])(int, char **, char **);
extern void (*__init_array_end[])(int, char **, char **);
extern void (*__fini_array_start[])(void);
extern void (*__fini_array_end[])(void);

int main(int argc, char **argv, char **envp);
void __start(uintptr_t *stack) __attribute__((noreturn));

char **environ;

static const unsigned long *auxiliary;
/* The image of the variables with thread-local storage: initialized part, size with the rest. */
static const char *tls_image;
static size_t tls_image_len, tls_len, tls_align = 1;

unsigned long getauxval(unsigned long type)
{
	for (const unsigned long *entry = auxiliary; entry[0] != AT_NULL; entry += 2) {
		if (entry[0] == type) {
			return entry[1];
		}
	}
	return 0;
}

static size_t round_up(size_t n, size_t unit)
{
	return (n + unit - 1) / unit * unit;
}

size_t __tls_len(void)
{
	return round_up(tls_len, tls_align) + TLS_ALIGN +
		round_up(sizeof(struct thread), TLS_ALIGN);
}

struct thread *__tls_make(void *room)
{
	uintptr_t variables = round_up((uintptr_t)room, TLS_ALIGN);
	struct thread *self =
		(struct thread *)round_up(variables + round_up(tls_len, tls_align), tls_align);

	memcpy((char *)self - round_up(tls_len, tls_align), tls_image, tls_image_len);
	self->self = self;
	self->reent = &self->own_reent;
	return self;
}

static void tls_start(void)
{
	const Elf_Phdr *header = (const Elf_Phdr *)getauxval(AT_PHDR);
	struct thread *self;
	void *room;

	for (unsigned long i = 0; i < getauxval(AT_PHNUM); i++) {
		if (header[i].p_type == PT_TLS) {
			tls_image = (const char *)header[i].p_vaddr;
			tls_image_len = header[i].p_filesz;
			tls_len = header[i].p_memsz;
			tls_align = header[i].p_align;
		}
	}
	if (tls_align > TLS_ALIGN) {
		_exit(127);
	}
	room = mmap(NULL, __tls_len(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED) {
		_exit(127);
	}
	self = __tls_make(room);
	self->reent = _global_impure_ptr;
	thread_pointer_set(self);
	self->tid = (unsigned int)set_tid_address(&self->tid);
}

static void destructors_run(void)
{
	for (size_t n = __fini_array_end - __fini_array_start; n > 0; n--) {
		__fini_array_start[n - 1]();
	}
}

void __start(uintptr_t *stack)
{
	int argc = (int)stack[0];
	char **argv = (char **)(stack + 1);
	char **envp = argv + argc + 1, **end = envp;

	while (*end) {
		end++;
	}
	auxiliary = (const unsigned long *)(end + 1);
	environ = envp;
	tls_start();
	for (size_t i = 0; i < (size_t)(__preinit_array_end - __preinit_array_start); i++) {
		__preinit_array_start[i](argc, argv, envp);
	}
	for (size_t i = 0; i < (size_t)(__init_array_end - __init_array_start); i++) {
		__init_array_start[i](argc, argv, envp);
	}
	atexit(destructors_run);
	exit(main(argc, argv, envp));
}
