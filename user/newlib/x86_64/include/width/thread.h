/* width/thread.h (x86-64) - the thread pointer, and what a handler returns to. For "thread.h" only. */
#include <sys/prctl.h>

static inline struct thread *thread_self(void)
{
	struct thread *self;

	__asm__("mov %%fs:0, %0" : "=r"(self));
	return self;
}

/* Of the first thread; others get theirs from clone(). */
static inline void thread_pointer_set(struct thread *self)
{
	arch_prctl(ARCH_SET_FS, (unsigned long)self);
}

void __signal_return(void);

static inline void (*signal_return_for(unsigned long flags))(void)
{
	return __signal_return;
}
