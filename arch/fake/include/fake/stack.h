/* fake/stack.h - running a function on another stack, with the sanitizer told. */
#ifndef FAKE_STACK_H
#define FAKE_STACK_H

#include <stddef.h>

/* Call fn(arg) on the stack [base, base + size); returns what it returns. */
long fake_call_on(void *base, size_t size, long (*fn)(void *arg), void *arg);

/* From stack.S: switch to `top`, call fn(arg) there, switch back. */
long fake_stack_call(void *top, long (*fn)(void *arg), void *arg);

/* About to switch for good to, and just arrived on, the stack of a thread. */
void fake_stack_leaving(const void *base, size_t size);
void fake_stack_arrived(void);

#endif
