/*
 * width/thread.h (i386) - the thread pointer, which is where the segment in GS begins, and what handlers
 * return to. For "thread.h" only.
 */
#include <abi/ldt.h>
#include <linux/signal.h>

int set_thread_area(struct linux_user_desc *descriptor);

static inline struct thread *thread_self(void)
{
	struct thread *self;

	__asm__("mov %%gs:0, %0" : "=r"(self));
	return self;
}

/* Of the first thread; others get theirs from clone(), in the same entry of the table. */
static inline void thread_pointer_set(struct thread *self)
{
	struct linux_user_desc d = { .entry = (unsigned int)-1,
		.base = (unsigned int)self,
		.limit = 0xfffff,
		.limit_in_pages = 1,
		.is_32bit = 1,
		.is_usable = 1 };

	set_thread_area(&d);
	__asm__ volatile("mov %0, %%gs" : : "r"(d.entry << 3 | 3));
}

void __signal_return(void);
void __signal_return_plain(void);

/* A handler that wants no details has another frame. */
static inline void (*signal_return_for(unsigned long flags))(void)
{
	return flags & SA_SIGINFO ? __signal_return : __signal_return_plain;
}
