/* port/stack_entry.h (pv32) - what stack_check.c writes at the entry of a function. */
#ifndef PORT_STACK_ENTRY_H
#define PORT_STACK_ENTRY_H

/* cmpl %fs:limit, %esp without the address, lowest byte first */
#define ENTRY_COMPARE	  UINT64_C(0x253b64)
#define ENTRY_COMPARE_LEN 3

/* nopl 0(eax), of 7 bytes; two are as long as what the Makefile asks for */
#define ENTRY_NOP     UINT64_C(0x00000000801f0f)
#define ENTRY_NOP_LEN 7

#endif
