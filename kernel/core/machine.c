/* machine.c - the orderly end of the machine. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <kernel/log.h>
#include <kernel/cpu.h>
#include <kernel/machine.h>
#include <kernel/panic.h>
#include <kernel/smp.h>
#include <kernel/thread.h>

static int remembered_status;

void machine_status_set(int status)
{
	remembered_status = status;
}

int machine_status(void)
{
	return remembered_status;
}

static void (*before_end)(void);

void machine_before_end(void (*call)(void))
{
	assert_that(!before_end || before_end == call, "one thing is done before the end");
	before_end = call;
}

static struct thread *ender; /* who ends the machine */

/* Once: what it calls may fail and end the machine itself. Others who want the end get it from who was first. */
static void prepare_end(void)
{
	struct thread *self = thread_current(), *nobody = NULL;

	if (!irq_is_enabled() || preempt_is_off()) {
		return;
	}
	if (__atomic_compare_exchange_n(
		    &ender, &nobody, self, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE) &&
		before_end) {
		before_end();
	}
	while (READ_ONCE(ender) != self) {
		thread_sleep(NSEC_PER_SEC);
	}
}

void machine_shutdown(enum machine_end how, int status)
{
	if (how != MACHINE_CRASH) {
		prepare_end();
	}
	irq_disable();
	smp_stop_others();
	if (how != MACHINE_CRASH) {
		log_fresh_line();
		log_print("verdict: %d\n", status);
	}
	log_drain();
	port_machine_end(how);
}
