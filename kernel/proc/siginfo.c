/* siginfo.c - what a program is told about a signal: Linux's siginfo_t. */
#include "signal_state.h"

bool siginfo_is_fault(const struct signal_info *info)
{
	switch (info->signo) {
	case SIGSEGV:
	case SIGBUS:
	case SIGILL:
	case SIGFPE:
	case SIGTRAP:
		return info->code > 0 && info->code < SI_KERNEL;
	default:
		return false;
	}
}

void siginfo_fill(struct linux_siginfo *linux_info, const struct signal_info *info)
{
	*linux_info = (struct linux_siginfo){
		.signo = info->signo, .error = info->errno_value, .code = info->code
	};
	if (siginfo_is_fault(info)) {
		linux_info->address = info->address;
		return;
	}
	linux_info->sender.pid = info->pid;
	linux_info->sender.uid = info->uid;
	linux_info->sender.value = info->value;
	if (info->signo == SIGCHLD && info->code > 0) {
		linux_info->sender.status = info->status;
	}
}
