/* machine.c - the orderly end of the machine. */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <kernel/log.h>
#include <kernel/machine.h>

static int remembered_status;

void machine_status_set(int status)
{
	remembered_status = status;
}

int machine_status(void)
{
	return remembered_status;
}

void machine_shutdown(enum machine_end how, int status)
{
	irq_disable();
	if (how != MACHINE_CRASH) {
		log_print("verdict: %d\n", status);
	}
	log_drain();
	port_machine_end(how);
}
