/*
 * balance.c - which CPU runs what.
 *
 * A thread that becomes ready stays with who made it so, as long as nobody else waits
 * there: most often that one is about to sleep (for its child, for the answer to what it
 * wrote), and to interrupt another CPU, or to have it fetched out of a hypervisor's sleep, takes
 * longer than to wait for that. Where others wait already, it goes to a CPU that
 * has nothing to do, else to where least is, with a preference for where it ran last.
 *
 * What was a mistake is put right by pulling: a CPU that runs out of work takes the longest
 * waiting thread from the longest queue, and a CPU where somebody has waited for a moment
 * (sched.c, OFFER) tells one that is idle to do so.
 *
 * What other CPUs have to do is read without their locks. It may be wrong a moment later;
 * then the next wake-up, pull or offer corrects it.
 */
#include <arch/smp.h>
#include <kernel/errno.h>
#include <kernel/smp.h>
#include "sched.h"

static struct run_queue *queue_of(const struct cpu *cpu)
{
	return &sched_queues[cpu->id];
}

/* Threads that run or wait to. */
static unsigned load_of(const struct cpu *cpu)
{
	const struct run_queue *rq = queue_of(cpu);

	return READ_ONCE(rq->ready_count) + (READ_ONCE(cpu->current) != rq->idle);
}

static struct cpu *first_of(uint64_t set)
{
	return cpus[__builtin_ctzll(set)];
}

static struct cpu *least_loaded(const struct thread *thread, uint64_t set)
{
	bool was_here = set & cpu_bit(thread->cpu->id);
	struct cpu *best = was_here ? thread->cpu : first_of(set);
	unsigned least = load_of(best);

	if (least > 1 && was_here) {
		least--; /* one more is worth staying */
	}
	for (; set && least; set &= set - 1) {
		unsigned load = load_of(first_of(set));

		if (load < least) {
			best = first_of(set);
			least = load;
		}
	}
	return best;
}

struct cpu *sched_cpu_choose(const struct thread *thread)
{
	uint64_t set = READ_ONCE(thread->allowed) & smp_running();
	struct cpu *here = cpu_this();

	if (set & cpu_bit(here->id) && load_of(here) <= 1) {
		return here;
	}
	return least_loaded(thread, set);
}

/* ---- pull and offer --------------------------------------------------------- */

static struct cpu *busiest_find(void)
{
	struct cpu *busiest = NULL;
	unsigned most = 0;

	for (uint64_t set = smp_running(); set; set &= set - 1) {
		struct cpu *cpu = first_of(set);
		unsigned waiting = READ_ONCE(queue_of(cpu)->ready_count);

		if (waiting > most) {
			most = waiting;
			busiest = cpu;
		}
	}
	return busiest;
}

/* S3: not the running one, which may be on the queue already (S4). */
static struct thread *ready_take_for(struct cpu *from, struct cpu *me)
{
	struct run_queue *rq = queue_of(from);
	struct thread *found = NULL;

	spin_lock(&rq->lock);
	list_for_each(node, &rq->ready) {
		struct thread *thread = list_entry(node, struct thread, run_link);

		if (thread != from->current && sched_is_allowed(thread, me)) {
			found = thread;
			break;
		}
	}
	if (found) {
		sched_dequeue(rq, found);
		found->cpu = me;
	}
	spin_unlock(&rq->lock);
	return found;
}

void sched_pull(void)
{
	struct cpu *me = cpu_this(), *busiest = busiest_find();
	struct thread *thread = busiest && busiest != me ? ready_take_for(busiest, me) : NULL;

	if (thread) {
		sched_enqueue(thread);
	}
}

void sched_offer(void)
{
	struct cpu *me = cpu_this();

	if (!READ_ONCE(queue_of(me)->ready_count)) {
		return;
	}
	for (uint64_t set = smp_running(); set; set &= set - 1) {
		if (!load_of(first_of(set))) {
			smp_interrupt(first_of(set));
			return;
		}
	}
}

/* ---- affinity ------------------------------------------------------------------ */

/* Under the lock of its queue. True when it was taken off that, to be put on another. */
static bool affinity_apply(struct run_queue *rq, struct thread *thread)
{
	struct cpu *here = thread->cpu;

	if (sched_is_allowed(thread, here)) {
		return false;
	}
	if (here->current == thread) {
		rq->was_added = true; /* let it switch; it is not put back (sched.c) */
		if (here != cpu_this()) {
			smp_interrupt(here);
		}
		return false;
	}
	if (thread->state != THREAD_READY || !list_is_linked(&thread->run_link)) {
		return false; /* it will look when it is woken, or arrives */
	}
	sched_dequeue(rq, thread);
	thread->cpu = sched_cpu_choose(thread);
	return true;
}

int thread_affinity_set(struct thread *thread, uint64_t set)
{
	struct run_queue *rq;
	irq_state_t irq;
	bool is_moving;

	if (!(set & smp_running())) {
		return -EINVAL;
	}
	rq = sched_queue_lock(thread, &irq);
	WRITE_ONCE(thread->allowed, set);
	is_moving = affinity_apply(rq, thread);
	spin_unlock_irqrestore(&rq->lock, irq);
	if (is_moving) {
		sched_enqueue(thread);
	}
	while (thread == thread_current() && !(set & cpu_bit(cpu_id()))) {
		thread_yield();
	}
	return 0;
}
