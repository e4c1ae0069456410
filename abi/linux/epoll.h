/* linux/epoll.h - epoll, eventfd, timerfd and signalfd as Linux on x86 numbers and lays them out. */
#ifndef ABI_LINUX_EPOLL_H
#define ABI_LINUX_EPOLL_H

#include <stdint.h>

#define EPOLL_CLOEXEC 02000000

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3

/* Beside the bits of poll(). */
#define EPOLLEXCLUSIVE (1u << 28)
#define EPOLLWAKEUP    (1u << 29)
#define EPOLLONESHOT   (1u << 30)
#define EPOLLET	       (1u << 31)

struct linux_epoll_event {
	uint32_t events;
	uint64_t data;
} __attribute__((packed)); /* on i386 it would be so anyway */
_Static_assert(sizeof(struct linux_epoll_event) == 12, "linux/eventpoll.h: struct epoll_event");

#define EFD_SEMAPHORE 1
#define EFD_NONBLOCK  04000
#define EFD_CLOEXEC   02000000

#define TFD_NONBLOCK		04000
#define TFD_CLOEXEC		02000000
#define TFD_TIMER_ABSTIME	1
#define TFD_TIMER_CANCEL_ON_SET 2

#define SFD_NONBLOCK 04000
#define SFD_CLOEXEC  02000000

struct linux_signalfd_siginfo {
	uint32_t signo;
	int32_t error, code;
	uint32_t pid, uid;
	int32_t fd;
	uint32_t tid, band, overrun, trapno;
	int32_t status, integer;
	uint64_t pointer, user_time, system_time, address;
	uint16_t address_lsb, pad2;
	int32_t syscall;
	uint64_t call_address;
	uint32_t arch;
	uint8_t pad[28];
};
_Static_assert(sizeof(struct linux_signalfd_siginfo) == 128, "linux/signalfd.h");

#endif
