/* elf.h - the part of the format that a program reads of itself (System V ABI, chapter 5). */
#ifndef _ELF_H
#define _ELF_H

#include <stdint.h>

#define PT_LOAD	     1
#define PT_TLS	     7
#define PT_GNU_STACK 0x6474e551

#include <width/elf.h>

#endif
