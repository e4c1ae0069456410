/* linux/futex.h - operations of futex(2), and the word of a robust futex. */
#ifndef ABI_LINUX_FUTEX_H
#define ABI_LINUX_FUTEX_H

#include <stdint.h>

#define FUTEX_WAIT	  0
#define FUTEX_WAKE	  1
#define FUTEX_REQUEUE	  3
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10

#define FUTEX_PRIVATE_FLAG   128
#define FUTEX_CLOCK_REALTIME 256

/* futex_waitv(2): its array's length and entries. The only size there is, is 32 bits. */
#define FUTEX_WAITV_MAX 128
#define FUTEX_32	2

struct linux_futex_waitv {
	uint64_t value, address;
	uint32_t flags, reserved;
};

#define FUTEX_BITSET_MATCH_ANY 0xffffffffu

#define FUTEX_WAITERS	 0x80000000u
#define FUTEX_OWNER_DIED 0x40000000u
#define FUTEX_TID_MASK	 0x3fffffffu

#endif
