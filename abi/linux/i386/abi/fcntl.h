/*
 * abi/fcntl.h (i386) - commands of fcntl() on record locks: those of struct flock64, which linux/fcntl.h
 * has, and those of a struct flock of 32 bits.
 */
#ifndef ABI_FCNTL_H
#define ABI_FCNTL_H

#include <stdint.h>

#define F_GETLK	 12
#define F_SETLK	 13
#define F_SETLKW 14

#define F_GETLK_OLD  5
#define F_SETLK_OLD  6
#define F_SETLKW_OLD 7

struct linux_flock_old {
	int16_t type, whence;
	int32_t start, len, pid;
};

#endif
