/* sys/sched.h - what newlib's <sched.h> and <pthread.h> need: policies, numbered as Linux does. */
#ifndef _SYS_SCHED_H_
#define _SYS_SCHED_H_

#include <sys/_timespec.h>

#define SCHED_OTHER 0
#define SCHED_FIFO  1
#define SCHED_RR    2
#define SCHED_BATCH 3
#define SCHED_IDLE  5

struct sched_param {
	int sched_priority;
};

#endif
