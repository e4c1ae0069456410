/*
 * monitor.h - the kernel's own small command interpreter on the console.
 *
 * "run=CMD; CMD" on the command line is executed after boot. If that does not
 * end the machine and there are no programs to run, the monitor reads commands
 * from the console. Commands are declared where they belong, in one table.
 */
#ifndef KERNEL_MONITOR_H
#define KERNEL_MONITOR_H

#include <kernel/types.h>

struct monitor_command {
	const char *name;
	const char *usage;		   /* arguments, then a dash and what it does */
	int (*run)(int argc, char **argv); /* 0, or what the verdict counts as a failure */
};

#define MONITOR_COMMAND(id, usage_text)                                                            \
	static int monitor_run_##id(int argc, char **argv);                                        \
	static const struct monitor_command monitor_command_##id __used __section(".commands")     \
		__aligned(sizeof(long)) = { #id, usage_text, monitor_run_##id };                   \
	static int monitor_run_##id(int argc __unused, char **argv __unused)

/* Execute "run=". */
void monitor_script(void);

/* Read commands from the console; never returns. */
void monitor_loop(void) __noreturn;

/* Console input: the front-end's or UART's interrupt pushes, the monitor reads. */
void console_input_push(const char *bytes, size_t len);
/* Sleep until a byte is there or `deadline` passes: the byte, or -ETIMEDOUT. */
int console_input_read(nsec_t deadline);

#endif
