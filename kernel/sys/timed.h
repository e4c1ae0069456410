/*
 * timed.h - system calls that take a time, for times of either width: sys_NAME() is TIME_WORD's, and
 * i386 has another for TIME_64 (kernel/sys/i386/time64.c).
 */
#ifndef SYS_TIMED_H
#define SYS_TIMED_H

#include "times.h"

#include <kernel/syscall.h>

/* time.c */
long clock_gettime(sys_int clock, sys_ptr time, enum time_width width);
long clock_settime(sys_int clock, sys_ptr time, enum time_width width);
long clock_getres(sys_int clock, sys_ptr time, enum time_width width);
long clock_nanosleep(
	sys_int clock, sys_flags flags, sys_ptr request, sys_ptr remain, enum time_width width);
/* adjtime.c */
long clock_adjust(sys_int clock, sys_ptr timex, enum time_width width);
/* posix_timer.c */
long timer_gettime(sys_int number, sys_ptr setting, enum time_width width);
long timer_settime(
	sys_int number, sys_flags flags, sys_ptr user_new, sys_ptr user_old, enum time_width width);
/* timerfd.c */
long timerfd_gettime(sys_fd fd, sys_ptr setting, enum time_width width);
long timerfd_settime(
	sys_fd fd, sys_flags flags, sys_ptr user_new, sys_ptr user_old, enum time_width width);
/* name_attr.c */
long times_set_named(
	sys_fd dir, sys_path path, sys_ptr times, sys_flags flags, enum time_width width);
/* poll.c */
long poll_masked(sys_ptr fds, sys_ulong count, sys_ptr timeout, sys_ptr mask, sys_len mask_size,
	enum time_width width);
long select_masked(
	sys_int count, const vaddr_t sets[3], sys_ptr timeout, sys_ptr mask, enum time_width width);
/* message.c */
long messages_receive(sys_fd fd, sys_ptr messages, sys_uint count, sys_flags flags, sys_ptr timeout,
	enum time_width width);
/* signal.c */
long signal_await(
	sys_ptr set, sys_ptr info, sys_ptr timeout, sys_len mask_size, enum time_width width);
/* task.c */
long futex_call(sys_ptr word, sys_int op, sys_ulong value, sys_ptr timeout, sys_ptr word2,
	sys_ulong value3, enum time_width width);
/* sem.c */
long sem_operate(sys_int id, sys_ptr ops, sys_uint count, sys_ptr timeout, enum time_width width);
/* mqueue.c */
long mq_send(sys_fd fd, sys_ptr message, sys_len length, sys_uint priority, sys_ptr timeout,
	enum time_width width);
long mq_receive(sys_fd fd, sys_ptr message, sys_len length, sys_ptr priority, sys_ptr timeout,
	enum time_width width);
/* sched_attr.c */
long slice_tell(sys_int pid, sys_ptr interval, enum time_width width);

#endif
