/*
 * clock.c - virtual time: the time stamp counter, Xen's time info, the one-shot timer.
 *
 * Time passes only when somebody looks or waits: each reading of the counter
 * moves it a little, each hypercall some more, and a wait jumps to the timer.
 * So runs are reproducible, and a loop that polls the clock always ends.
 *
 * Now and then the time info changes just when the guest has begun to read it,
 * as when Xen updates it from another CPU; the version tells. That CPU's counter may
 * be ahead of ours (tsc_ahead), and the counter may start anywhere (tsc_start).
 */
#include "model.h"

#include <xen/event_channel.h>
#include "options.h"

/* 2.4 GHz: ns = ticks * 5 / 12, as a 32.32 fraction. */
#define TSC_MUL	   0x6aaaaaabu
#define TSC_START  123456789012ull
#define NS_START   5000000000ull /* the machine booted before us */
#define WALL_START 1700000000ull

static uint64_t now_ns;
static uint64_t tsc_start;
static uint64_t timer_ns; /* system time, 0: none */
static bool (*deadlock_hook)(void);

static uint64_t tsc_now(void)
{
	return tsc_start + (now_ns - NS_START) * 12 / 5;
}

/* Xen measures the rate again and again, now a little high, now a little low. */
static uint32_t rate_judged(void)
{
	uint32_t most = options.tsc_drift;

	return most ? TSC_MUL + TSC_MUL / 1000000 * (random_below(2 * most + 1) - most) : TSC_MUL;
}

void clock_publish(void)
{
	struct vcpu_time_info *t = &((struct vcpu_info *)model_vcpu_info())->time;

	t->version++;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	t->tsc_timestamp =
		tsc_now() + (options.tsc_ahead ? random_below(options.tsc_ahead + 1) : 0);
	t->system_time = now_ns;
	t->tsc_to_system_mul = rate_judged();
	t->tsc_shift = 0;
	t->flags = options.tsc_ahead ? 0 : XEN_PVCLOCK_TSC_STABLE_BIT;
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	t->version++;
}

void clock_reset(const struct model_options *o)
{
	now_ns = NS_START;
	tsc_start = o->tsc_start ? o->tsc_start : TSC_START;
	timer_ns = 0;
	shared_info->wc_version = 2;
	shared_info->wc_sec = (uint32_t)(WALL_START - NS_START / 1000000000);
	shared_info->wc_nsec = 0;
	clock_publish();
}

/* This one booted only a second ago, and its counter is far behind. */
void clock_restore(void)
{
	tsc_start += (now_ns - NS_START) * 12 / 5;
	tsc_start = tsc_start > TSC_START / 2 ? tsc_start - TSC_START / 2 : 0;
	now_ns = NS_START - 4000000000ull;
	tsc_start -= (now_ns - NS_START) * 12 / 5;
	timer_ns = 0;
	clock_publish();
}

uint64_t clock_read(void)
{
	return now_ns;
}

void clock_check(void)
{
	uint64_t early = options.spurious && random_below(4) == 0 ? 50000 : 0;

	if (timer_ns && now_ns + early >= timer_ns) {
		timer_ns = 0;
		evtchn_raise_virq(VIRQ_TIMER);
	}
}

void clock_advance(uint64_t ns)
{
	now_ns += ns;
	clock_check();
}

bool clock_jump(void)
{
	if (!timer_ns) {
		return false;
	}
	if (timer_ns > now_ns) {
		now_ns = timer_ns;
	}
	clock_publish();
	clock_check();
	return true;
}

uint64_t model_tsc(void)
{
	clock_advance(40 + random_below(120));
	if (random_below(16) == 0) {
		clock_publish();
	}
	return tsc_now();
}

uint64_t model_now(void)
{
	return now_ns;
}

void model_advance(uint64_t ns)
{
	clock_advance(ns);
	clock_publish();
}

long hc_set_timer_op(const unsigned long a[5])
{
	timer_ns = a[0];
	clock_check();
	return 0;
}

void model_on_deadlock(bool (*hook)(void))
{
	deadlock_hook = hook;
}

bool clock_deadlock(void)
{
	return deadlock_hook && deadlock_hook();
}
