/* port/stack_entry.h (pv64) - what stack_check.c writes at the entry of a function. */
#ifndef PORT_STACK_ENTRY_H
#define PORT_STACK_ENTRY_H

/* cmpq %gs:limit, %rsp without the address, lowest byte first */
#define ENTRY_COMPARE	  UINT64_C(0x25243b4865)
#define ENTRY_COMPARE_LEN 5

/* nopl 0(rax, rax), of 8 bytes; two are as long as what the Makefile asks for */
#define ENTRY_NOP     UINT64_C(0x0000000000841f0f)
#define ENTRY_NOP_LEN 8

#endif
