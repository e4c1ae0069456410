/* time64.c (i386) - system calls that take times of 64 bits: timed.h does them. */
#include "../timed.h"

long sys_clock_gettime64(sys_int clock, sys_ptr time)
{
	return clock_gettime(clock, time, TIME_64);
}

long sys_clock_settime64(sys_int clock, sys_ptr time)
{
	return clock_settime(clock, time, TIME_64);
}

long sys_clock_adjtime64(sys_int clock, sys_ptr timex)
{
	return clock_adjust(clock, timex, TIME_64);
}

long sys_clock_getres_time64(sys_int clock, sys_ptr time)
{
	return clock_getres(clock, time, TIME_64);
}

long sys_clock_nanosleep_time64(sys_int clock, sys_flags flags, sys_ptr request, sys_ptr remain)
{
	return clock_nanosleep(clock, flags, request, remain, TIME_64);
}

long sys_timer_gettime64(sys_int number, sys_ptr setting)
{
	return timer_gettime(number, setting, TIME_64);
}

long sys_timer_settime64(sys_int number, sys_flags flags, sys_ptr new, sys_ptr old)
{
	return timer_settime(number, flags, new, old, TIME_64);
}

long sys_timerfd_gettime64(sys_fd fd, sys_ptr setting)
{
	return timerfd_gettime(fd, setting, TIME_64);
}

long sys_timerfd_settime64(sys_fd fd, sys_flags flags, sys_ptr new, sys_ptr old)
{
	return timerfd_settime(fd, flags, new, old, TIME_64);
}

long sys_utimensat_time64(sys_fd dir, sys_path path, sys_ptr times, sys_flags flags)
{
	return times_set_named(dir, path, times, flags, TIME_64);
}

long sys_pselect6_time64(
	sys_int count, sys_ptr read, sys_ptr write, sys_ptr except, sys_ptr timeout, sys_ptr mask)
{
	return select_masked(
		count, (const vaddr_t[]){ read, write, except }, timeout, mask, TIME_64);
}

long sys_ppoll_time64(
	sys_ptr fds, sys_ulong count, sys_ptr timeout, sys_ptr mask, sys_len mask_size)
{
	return poll_masked(fds, count, timeout, mask, mask_size, TIME_64);
}

long sys_recvmmsg_time64(
	sys_fd fd, sys_ptr messages, sys_uint count, sys_flags flags, sys_ptr timeout)
{
	return messages_receive(fd, messages, count, flags, timeout, TIME_64);
}

long sys_rt_sigtimedwait_time64(sys_ptr set, sys_ptr info, sys_ptr timeout, sys_len mask_size)
{
	return signal_await(set, info, timeout, mask_size, TIME_64);
}

long sys_futex_time64(
	sys_ptr word, sys_int op, sys_ulong value, sys_ptr timeout, sys_ptr word2, sys_ulong value3)
{
	return futex_call(word, op, value, timeout, word2, value3, TIME_64);
}

long sys_sched_rr_get_interval_time64(sys_int pid, sys_ptr interval)
{
	return slice_tell(pid, interval, TIME_64);
}

long sys_semtimedop_time64(sys_int id, sys_ptr ops, sys_uint count, sys_ptr timeout)
{
	return sem_operate(id, ops, count, timeout, TIME_64);
}

long sys_mq_timedsend_time64(
	sys_fd fd, sys_ptr message, sys_len length, sys_uint priority, sys_ptr timeout)
{
	return mq_send(fd, message, length, priority, timeout, TIME_64);
}

long sys_mq_timedreceive_time64(
	sys_fd fd, sys_ptr message, sys_len length, sys_ptr priority, sys_ptr timeout)
{
	return mq_receive(fd, message, length, priority, timeout, TIME_64);
}
