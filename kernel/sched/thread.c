/*
 * thread.c - the life of a thread.
 *
 * A thread ends on its own stack, so somebody else has to free that: who joins
 * it, or, if nobody will, the next thread_create() or the idle thread. Until
 * then it waits on the list `unclaimed`.
 *
 * Invariants:
 *   T1  A thread is freed when `refs` falls to 0. One reference is the thread's
 *       own, dropped after it left its stack for good; the other its creator's.
 */
#include <arch/cpu.h>
#include <arch/thread.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/panic.h>
#include <kernel/stack.h>
#include <kernel/string.h>
#include "sched.h"

static struct spinlock table_lock = SPINLOCK_INIT("threads");
static struct list all = LIST_INIT(all);
static struct list unclaimed = LIST_INIT(unclaimed); /* by run_link; refs is 0 */
static unsigned next_id;

static struct cache thread_cache;
static struct thread boot_thread;

/* ---- birth ---------------------------------------------------------------- */

static void thread_setup(struct thread *thread, const char *name, unsigned refs)
{
	irq_state_t irq;

	strlcpy(thread->name, name, sizeof(thread->name));
	thread->cpu = cpu_this();
	thread->allowed = thread_current() ? thread_current()->allowed : cpu_bit(0);
	thread->refs = refs;
	list_init(&thread->run_link);
	list_init(&thread->wait_link);
	wait_queue_init(&thread->exit_waiters);
	spin_init(&thread->wait_guard, "wait guard");
	irq = spin_lock_irqsave(&table_lock);
	thread->id = next_id++;
	list_push_back(&all, &thread->all_link);
	spin_unlock_irqrestore(&table_lock, irq);
}

/* All of a thread but a place in a run queue; NULL when memory is out. */
static struct thread *thread_make(const char *name, unsigned refs, void (*entry)(void *), void *arg)
{
	struct thread *thread = cache_alloc_zeroed(&thread_cache);

	if (!thread) {
		return NULL;
	}
	thread->stack_base = stack_alloc();
	if (!thread->stack_base) {
		cache_free(&thread_cache, thread);
		return NULL;
	}
	thread->stack_size = THREAD_STACK_SIZE;
	thread->entry = entry;
	thread->arg = arg;
	thread_setup(thread, name, refs);
	port_thread_prepare(thread);
	return thread;
}

int thread_create(struct thread **thread, const char *name, void (*entry)(void *), void *arg)
{
	struct thread *made;

	thread_reap();
	made = thread_make(name, thread ? 2 : 1, entry, arg);
	if (!made) {
		return -ENOMEM;
	}
	if (thread) {
		*thread = made;
	}
	sched_add(made);
	return 0;
}

struct thread *thread_create_stopped(const char *name, void (*entry)(void *), void *arg)
{
	thread_reap();
	return thread_make(name, 1, entry, arg);
}

void thread_launch(struct thread *thread)
{
	sched_add(thread);
}

void thread_start(struct thread *self)
{
	sched_switch_finish();
	irq_enable();
	self->entry(self->arg);
	thread_exit(0);
}

static void idle_entry(void *arg)
{
	sched_idle_loop();
}

struct thread *thread_idle_make(struct cpu *cpu)
{
	struct thread *idle = thread_make("idle", 1, idle_entry, NULL);

	if (idle) {
		idle->cpu = cpu;
		idle->allowed = cpu_bit(cpu->id);
	}
	return idle;
}

void thread_init(void)
{
	struct thread *idle;

	cache_init(&thread_cache, "thread", sizeof(struct thread));
	thread_setup(&boot_thread, "boot", 1);
	idle = thread_idle_make(&cpu_boot);
	if (!idle) {
		memory_exhausted("thread", THREAD_STACK_SIZE, (const void *)(vaddr_t)thread_init);
	}
	sched_cpu_init(&cpu_boot, &boot_thread, idle);
}

/* ---- death ---------------------------------------------------------------- */

static void thread_free(struct thread *thread)
{
	stack_free(thread->stack_base);
	cache_free(&thread_cache, thread);
}

/* Drop a reference; true if it was the last (T1), and the caller has to see to the rest. */
static bool thread_put(struct thread *thread)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	bool is_last = --thread->refs == 0;

	if (is_last) {
		list_remove(&thread->all_link);
	}
	spin_unlock_irqrestore(&table_lock, irq);
	return is_last;
}

void thread_hold(struct thread *thread)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);

	thread->refs++;
	spin_unlock_irqrestore(&table_lock, irq);
}

void thread_discard(struct thread *thread)
{
	if (thread_put(thread)) {
		thread_free(thread);
	}
}

void thread_exit(int code)
{
	struct thread *self = thread_current();

	assert_that(self->stack_base, "the boot thread does not end");
	assert_that(!preempt_is_off(), "a thread ends without locks");
	irq_disable();
	self->exit_code = code;
	sched_state_set(THREAD_DEAD);
	sched_switch();
	panic("thread %s: ran after its end", self->name);
}

void thread_left(struct thread *thread)
{
	__atomic_store_n(&thread->is_gone, true, __ATOMIC_RELEASE);
	wait_wake_all(&thread->exit_waiters);
	if (thread_put(thread)) {
		spin_lock(&table_lock);
		list_push_back(&unclaimed, &thread->run_link);
		spin_unlock(&table_lock);
	}
}

static struct thread *unclaimed_take(void)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);
	struct list *first = list_first(&unclaimed);

	if (first) {
		list_remove(first);
	}
	spin_unlock_irqrestore(&table_lock, irq);
	return first ? list_entry(first, struct thread, run_link) : NULL;
}

void thread_reap(void)
{
	struct thread *thread;

	while ((thread = unclaimed_take())) {
		thread_free(thread);
	}
}

int thread_join(struct thread *thread)
{
	int code;

	assert_that(thread != thread_current(), "a thread does not wait for itself");
	wait_until(&thread->exit_waiters, __atomic_load_n(&thread->is_gone, __ATOMIC_ACQUIRE),
		WAIT_FOREVER);
	code = thread->exit_code;
	if (thread_put(thread)) {
		thread_free(thread);
	}
	return code;
}

void thread_for_each(void (*each)(const struct thread *thread, void *arg), void *arg)
{
	irq_state_t irq = spin_lock_irqsave(&table_lock);

	list_for_each(node, &all) {
		each(list_entry(node, struct thread, all_link), arg);
	}
	spin_unlock_irqrestore(&table_lock, irq);
}
