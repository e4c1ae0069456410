/* linux/prctl.h - operations of prctl(2) and x86-64's arch_prctl(2). */
#ifndef ABI_LINUX_PRCTL_H
#define ABI_LINUX_PRCTL_H

enum {
	PR_SET_NAME = 15,
	PR_GET_NAME = 16,
	PR_SET_DUMPABLE = 4,
	PR_GET_DUMPABLE = 3,
	PR_SET_NO_NEW_PRIVS = 38,
	PR_GET_NO_NEW_PRIVS = 39,
	PR_SET_PDEATHSIG = 1
};

enum { ARCH_SET_GS = 0x1001, ARCH_SET_FS = 0x1002, ARCH_GET_FS = 0x1003, ARCH_GET_GS = 0x1004 };

#endif
