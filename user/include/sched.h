/* sched.h - scheduling, and clone()'s flags. */
#ifndef _SCHED_H_
#define _SCHED_H_

#include <stddef.h>
#include <sys/sched.h>
#include <sys/types.h>
#include <linux/sched.h>

int sched_yield(void);
int sched_getparam(pid_t pid, struct sched_param *param);
int sched_getscheduler(pid_t pid);
int sched_setscheduler(pid_t pid, int policy, const struct sched_param *param);
int sched_get_priority_max(int policy);
int sched_get_priority_min(int policy);
/* As the calls are: a mask of any length; the first returns how much of it was filled. */
int sched_getaffinity(pid_t pid, size_t len, unsigned long *mask);
int sched_setaffinity(pid_t pid, size_t len, const unsigned long *mask);

#endif
