/*
 * x86/frame.h (32-bit) - the trap frame, as the entry code leaves it.
 *
 * Entry code pushes the vector and registers below what Xen pushed; x86_trap() takes the whole.
 * Of a frame of kernel mode `sp` and `ss` are not there: an interruption on the same ring
 * pushes neither. Fields that both widths have are called alike. Offsets for
 * assembly are at the end and checked in registers.c.
 */
#ifndef X86_FRAME_H
#define X86_FRAME_H

#ifndef __ASSEMBLER__
#include <kernel/types.h>

struct trap_frame {
	unsigned long bx, cx, dx, si, di, bp, ax;
	unsigned long gs, es, ds, fs;
	unsigned long vector;
	unsigned long error_code; /* 0 for vectors without one */
	unsigned long ip, cs, flags, sp, ss;
};
#endif

#define FRAME_AX	 24
#define FRAME_GS	 28
#define FRAME_FS	 40
#define FRAME_VECTOR	 44
#define FRAME_ERROR_CODE 48
#define FRAME_IP	 52
#define FRAME_CS	 56
#define FRAME_FLAGS	 60
#define FRAME_SP	 64
#define FRAME_SS	 68
#define FRAME_SIZE	 72

#endif
