/*
 * start.c - from the kernel to process 1.
 *
 * The machine runs programs when it was given an image of them (the boot
 * module). Process 1 is what init= names, else /sbin/init, or a shell where there
 * is none; with cmd="..." a shell that runs just that. The console is its
 * terminal. When process 1 ends, the machine ends, and its status is the verdict.
 */
#include "proc.h"
#include "syscall_count.h"

#include <arch/boot.h>
#include <arch/user.h>
#include <kernel/blk.h>
#include <kernel/errno.h>
#include <kernel/futex.h>
#include <kernel/log.h>
#include <kernel/net.h>
#include <kernel/option.h>
#include <kernel/procfs.h>
#include <kernel/programs.h>
#include <kernel/tty.h>

static char init_path[128];
OPTION_TEXT(init, "init", init_path, "process 1, instead of /sbin/init (or /bin/sh, without that)");

static char command[1024];
OPTION_TEXT(cmd, "cmd", command, "shell command to run instead; its status is the verdict");

bool programs_are_there(void)
{
	return vfs_has_root();
}

static int start(void)
{
	static const char *const environment[] = { "PATH=/bin:/sbin:/usr/bin:/usr/sbin",
		"HOME=/root", "TERM=vt100", "USER=root", NULL };
	static const char *const shell_command[] = { "sh", "-c", command, NULL };
	static const char *const login[] = { "-sh", NULL };
	int err;

	port_init_programs();
	futex_init();
	err = vfs_init();
	if (!err) {
		err = syscall_count_init();
	}
	if (!err) {
		err = ipc_proc_add();
	}
	if (!err) {
		err = blk_proc_add();
	}
	if (!err) {
		err = tty_console_init();
	}
	if (err) {
		return err;
	}
	blk_settle(); /* process 1 finds the partitions' nodes */
	net_configure();
	if (command[0]) {
		return process_start_init("/bin/sh", NULL, shell_command, environment);
	}
	if (init_path[0]) {
		return process_start_init(init_path, NULL, login, environment);
	}
	return process_start_init("/sbin/init", "/bin/sh", login, environment);
}

void programs_start(void)
{
	int err = start();

	if (err) {
		log_err("programs: cannot be started: %s", errno_name(err));
		machine_shutdown(MACHINE_POWEROFF, 127);
	}
	for (;;) {
		thread_sleep_until(WAIT_FOREVER);
	}
}
