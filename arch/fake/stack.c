/* stack.c - stacks: the kernel's threads have theirs, Xen has its own. */
#include <kernel/types.h>
#include <fake/stack.h>

#include "model/sanitize.h"

struct call {
	long (*fn)(void *arg);
	void *arg;
};

static long entered(void *arg)
{
	const struct call *call = arg;
	const void *old_base;
	size_t old_size;
	long result;

	sanitize_stack_enter(&old_base, &old_size);
	result = call->fn(call->arg);
	sanitize_stack_leave(old_base, old_size);
	return result;
}

long fake_call_on(void *base, size_t size, long (*fn)(void *arg), void *arg)
{
	struct call call = { fn, arg };
	const void *left_base;
	size_t left_size;
	long result;

	sanitize_stack_leave(base, size);
	result = fake_stack_call((char *)base + size, entered, &call);
	sanitize_stack_enter(&left_base, &left_size);
	return result;
}

void fake_stack_leaving(const void *base, size_t size)
{
	sanitize_stack_leave(base, size);
}

void fake_stack_arrived(void)
{
	const void *left_base;
	size_t left_size;

	sanitize_stack_enter(&left_base, &left_size);
}
