/*
 * exec_stack.c - what a new program finds on its stack (System V ABI: for x86-64 3.4.1, for i386 2.3.1).
 *
 * From the top down: the strings, 16 random bytes, the auxiliary vector, the
 * environment, the arguments, their count, which is where the stack pointer
 * starts, a multiple of 16.
 */
#include "exec.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/random.h>
#include <kernel/string.h>
#include <linux/auxvec.h>

#define STACK_SIZE  (8ul << 20)
#define STACK_TOP   (LAYOUT_USER_END - 16 * PAGE_SIZE)
#define CLOCK_TICKS 100

#define AUX_MAX 20

/* The words below the strings, gathered in kernel memory and copied out at once. */
struct words {
	unsigned long *at;
	size_t count;
};

static void word_add(struct words *w, unsigned long value)
{
	w->at[w->count++] = value;
}

static void aux_add(struct words *w, unsigned long type, unsigned long value)
{
	word_add(w, type);
	word_add(w, value);
}

static size_t list_count(const char *const *list)
{
	size_t n = 0;

	while (list[n]) {
		n++;
	}
	return n;
}

/* Put a string below *sp. */
static int string_push(struct exec *x, const char *s)
{
	size_t len = strlen(s) + 1;

	x->sp -= len;
	return vm_write(x->vm, x->sp, s, len);
}

/* All strings of a list, the last one highest; their addresses in order, then 0. */
static int strings_push(struct exec *x, const char *const *list, struct words *w)
{
	size_t n = list_count(list);

	for (size_t i = n; i-- > 0;) {
		int err = string_push(x, list[i]);

		if (err) {
			return err;
		}
		w->at[w->count + i] = x->sp;
	}
	w->count += n;
	word_add(w, 0);
	return 0;
}

static void aux_fill(struct words *w, const struct exec *x, const struct process *p, vaddr_t random,
	vaddr_t name, vaddr_t platform)
{
	if (x->vdso) {
		aux_add(w, AT_SYSINFO_EHDR, x->vdso);
	}
	if (x->vdso_entry) {
		aux_add(w, AT_SYSINFO, x->vdso_entry);
	}
	aux_add(w, AT_PAGESZ, PAGE_SIZE);
	aux_add(w, AT_PHDR, x->headers);
	aux_add(w, AT_PHENT, sizeof(struct program_header));
	aux_add(w, AT_PHNUM, x->image.header_count);
	aux_add(w, AT_BASE, x->base);
	aux_add(w, AT_FLAGS, 0);
	aux_add(w, AT_ENTRY, x->entry);
	aux_add(w, AT_UID, p->uid);
	aux_add(w, AT_EUID, x->euid);
	aux_add(w, AT_GID, p->gid);
	aux_add(w, AT_EGID, x->egid);
	aux_add(w, AT_SECURE, p->uid != x->euid || p->gid != x->egid);
	aux_add(w, AT_CLKTCK, CLOCK_TICKS);
	aux_add(w, AT_HWCAP, (unsigned long)port_hwcap());
	aux_add(w, AT_PLATFORM, platform);
	aux_add(w, AT_RANDOM, random);
	aux_add(w, AT_EXECFN, name);
	aux_add(w, AT_NULL, 0);
}

static int stack_fill(struct exec *x, const struct process *p, struct words *w)
{
	const char *const *argv = (const char *const *)x->words + x->first;
	vaddr_t random, name, platform;
	uint8_t seed[16];
	size_t first;

	if (string_push(x, x->what->name)) {
		return -EFAULT;
	}
	name = x->sp;
	x->env_end = x->sp;
	word_add(w, list_count(argv));
	/* The environment lies above the arguments, as Linux has it, but its words come after. */
	w->count += list_count(argv) + 1;
	if (strings_push(x, x->envp, w)) {
		return -EFAULT;
	}
	x->env_start = x->args_end = x->sp;
	{
		struct words args = { w->at, 1 };

		if (strings_push(x, argv, &args)) {
			return -EFAULT;
		}
	}
	x->args_start = x->sp;
	if (string_push(x, port_machine_name)) {
		return -EFAULT;
	}
	platform = x->sp;
	random_bytes(seed, sizeof(seed));
	random = x->sp = ALIGN_DOWN(x->sp - sizeof(seed), 16);
	if (vm_write(x->vm, random, seed, sizeof(seed))) {
		return -EFAULT;
	}
	first = w->count;
	aux_fill(w, x, p, random, name, platform);
	x->sp = ALIGN_DOWN(x->sp - w->count * sizeof(w->at[0]), 16);
	x->aux_start = x->sp + first * sizeof(w->at[0]);
	x->aux_end = x->sp + w->count * sizeof(w->at[0]);
	return vm_write(x->vm, x->sp, w->at, w->count * sizeof(w->at[0]));
}

int exec_stack_make(struct exec *x, const struct process *process)
{
	size_t most = list_count((const char *const *)x->words + x->first) + list_count(x->envp) +
		3 + 2 * AUX_MAX;
	struct words words = { .at = heap_alloc(most * sizeof(words.at[0])) };
	long at;
	int err;

	if (!words.at) {
		return -ENOMEM;
	}
	at = vm_map(x->vm, STACK_TOP - STACK_SIZE, STACK_SIZE, MMU_READ | MMU_WRITE,
		VM_FIXED_NOREPLACE | VM_GROWS_DOWN, NULL, 0, "[stack]");
	x->sp = STACK_TOP;
	err = is_error(at) ? (int)at : stack_fill(x, process, &words);
	heap_free(words.at);
	return err;
}
