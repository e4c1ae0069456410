/* fsave.h (32-bit) - the x87's state as FSAVE has it, and as FXSAVE has it; see fsave.c. */
#ifndef X86_USER_FSAVE_H
#define X86_USER_FSAVE_H

#include <kernel/types.h>

#define FSAVE_REGISTERS	    8
#define FSAVE_REGISTER_SIZE 10

/* Linux's struct _fpstate_32 up to where an FXSAVE image begins. */
struct fsave_image {
	uint32_t control, status, tags, ip, cs_and_opcode, data, ds;
	uint8_t registers[FSAVE_REGISTERS][FSAVE_REGISTER_SIZE];
	uint16_t status_again, magic; /* 0: an FXSAVE image follows */
};
_Static_assert(sizeof(struct fsave_image) == 112, "asm/sigcontext.h: struct _fpstate_32");

/* From the 512 bytes of an FXSAVE image, and into them: SSE's part stays. */
void fsave_from(struct fsave_image *f, const uint8_t *fxsave);
void fsave_into(uint8_t *fxsave, const struct fsave_image *f);

#endif
