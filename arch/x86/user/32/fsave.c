/*
 * fsave.c (32-bit) - the x87's state in two layouts (SDM 1, figures 8-9 and 8-10; SDM 1, table 10-2).
 *
 * FXSAVE tells of each register whether it is in use; FSAVE says besides what is in it: 0 a number, 1 zero,
 * 2 something special, 3 nothing. Registers are stored from the top of the stack on, tags by their own number.
 */
#include "fsave.h"

#include <kernel/string.h>

/* In an FXSAVE image. */
#define FX_CONTROL   0
#define FX_STATUS    2
#define FX_TAGS	     4
#define FX_OPCODE    6
#define FX_IP	     8
#define FX_CS	     12
#define FX_DATA	     16
#define FX_DS	     20
#define FX_REGISTERS 32
#define FX_STEP	     16

#define TAG_VALID   0u
#define TAG_ZERO    1u
#define TAG_SPECIAL 2u
#define TAG_EMPTY   3u

#define UPPER 0xffff0000u /* reserved halves, which FSAVE sets */

static uint16_t u16_at(const uint8_t *image, unsigned offset)
{
	uint16_t n;

	memcpy(&n, image + offset, sizeof(n));
	return n;
}

static uint32_t u32_at(const uint8_t *image, unsigned offset)
{
	uint32_t n;

	memcpy(&n, image + offset, sizeof(n));
	return n;
}

static unsigned tag_of(const uint8_t *number)
{
	unsigned exponent = u16_at(number, 8) & 0x7fffu;
	bool is_zero = !u32_at(number, 0) && !u32_at(number, 4);

	if (exponent == 0x7fff) {
		return TAG_SPECIAL;
	}
	if (exponent == 0) {
		return is_zero ? TAG_ZERO : TAG_SPECIAL;
	}
	return number[7] & 0x80 ? TAG_VALID : TAG_SPECIAL;
}

static uint32_t tags_of(const uint8_t *fxsave)
{
	unsigned top = u16_at(fxsave, FX_STATUS) >> 11 & 7, used = fxsave[FX_TAGS];
	uint32_t tags = 0;

	for (unsigned i = 0; i < FSAVE_REGISTERS; i++) {
		const uint8_t *number = fxsave + FX_REGISTERS + ((i - top) & 7) * FX_STEP;

		tags |= (used & 1u << i ? tag_of(number) : TAG_EMPTY) << 2 * i;
	}
	return tags;
}

void fsave_from(struct fsave_image *f, const uint8_t *fxsave)
{
	*f = (struct fsave_image){
		.control = u16_at(fxsave, FX_CONTROL) | UPPER,
		.status = u16_at(fxsave, FX_STATUS) | UPPER,
		.tags = tags_of(fxsave) | UPPER,
		.ip = u32_at(fxsave, FX_IP),
		.cs_and_opcode = u16_at(fxsave, FX_CS) | (uint32_t)u16_at(fxsave, FX_OPCODE) << 16,
		.data = u32_at(fxsave, FX_DATA),
		.ds = u16_at(fxsave, FX_DS) | UPPER,
		.status_again = u16_at(fxsave, FX_STATUS),
	};
	for (unsigned i = 0; i < FSAVE_REGISTERS; i++) {
		memcpy(f->registers[i], fxsave + FX_REGISTERS + i * FX_STEP, FSAVE_REGISTER_SIZE);
	}
}

static void put(uint8_t *image, unsigned offset, uint32_t n, size_t len)
{
	memcpy(image + offset, &n, len);
}

void fsave_into(uint8_t *fxsave, const struct fsave_image *f)
{
	unsigned used = 0;

	for (unsigned i = 0; i < FSAVE_REGISTERS; i++) {
		used |= (f->tags >> 2 * i & 3) != TAG_EMPTY ? 1u << i : 0;
		memcpy(fxsave + FX_REGISTERS + i * FX_STEP, f->registers[i], FSAVE_REGISTER_SIZE);
	}
	put(fxsave, FX_CONTROL, f->control, 2);
	put(fxsave, FX_STATUS, f->status, 2);
	put(fxsave, FX_TAGS, used, 2);
	put(fxsave, FX_OPCODE, f->cs_and_opcode >> 16, 2);
	put(fxsave, FX_IP, f->ip, 4);
	put(fxsave, FX_CS, f->cs_and_opcode & 0xffff, 4);
	put(fxsave, FX_DATA, f->data, 4);
	put(fxsave, FX_DS, f->ds & 0xffff, 4);
}
