/* abi/fcntl.h (x86-64) - commands of fcntl() on record locks. */
#ifndef ABI_FCNTL_H
#define ABI_FCNTL_H

#define F_GETLK	 5
#define F_SETLK	 6
#define F_SETLKW 7

#endif
