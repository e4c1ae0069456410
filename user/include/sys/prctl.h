/* sys/prctl.h - of the calling process and thread. */
#ifndef _SYS_PRCTL_H
#define _SYS_PRCTL_H

#include <linux/prctl.h>

int prctl(int op, ...);
int arch_prctl(int op, unsigned long address);

#endif
