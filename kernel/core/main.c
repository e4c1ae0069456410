/*
 * main.c - from the port's entry to process 1, or to the monitor where there are no programs.
 *
 * The order is the contract of arch/boot.h. Each step may use what the steps
 * before it set up and nothing else; the comments say what that is.
 */
#include <arch/boot.h>
#include <arch/cpu.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/net.h>
#include <kernel/option.h>
#include <kernel/programs.h>
#include <kernel/report.h>
#include <kernel/smp.h>
#include <kernel/thread.h>

/* A mistyped knob must not pass for a measurement: the machine ends with status 2. */
static void command_line_parse(void)
{
	char error[160];

	if (option_parse(boot_info.command_line, error, sizeof(error))) {
		log_err("command line: %s", error);
		log_print("options:\n");
		option_print_all();
		machine_shutdown(MACHINE_POWEROFF, 2);
	}
}

void kernel_main(void)
{
	report_banner();      /* log */
	port_init_traps();    /* a fault says what it was */
	command_line_parse(); /* knobs hold for everything that follows */
	page_init();
	heap_init();
	thread_init();	  /* vmap for stacks */
	port_init_late(); /* interrupt controllers, clock */
	irq_enable();
	net_init();	     /* drivers bring devices */
	port_init_devices(); /* may sleep */
	smp_start_all();
	report_machine();
	report_boot();
	monitor_script();
	if (programs_are_there()) {
		programs_start();
	}
	monitor_loop();
}
