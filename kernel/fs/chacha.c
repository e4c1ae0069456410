/* chacha.c - the ChaCha20 block function, as RFC 8439 describes it. */
#include <kernel/string.h>
#include "chacha.h"

static uint32_t rotate(uint32_t v, unsigned n)
{
	return v << n | v >> (32 - n);
}

static void quarter(uint32_t *a, uint32_t *b, uint32_t *c, uint32_t *d)
{
	*a += *b;
	*d = rotate(*d ^ *a, 16);
	*c += *d;
	*b = rotate(*b ^ *c, 12);
	*a += *b;
	*d = rotate(*d ^ *a, 8);
	*c += *d;
	*b = rotate(*b ^ *c, 7);
}

/* A round of columns and one of diagonals. */
static void double_round(uint32_t s[CHACHA_BLOCK_WORDS])
{
	for (unsigned i = 0; i < 4; i++) {
		quarter(&s[i], &s[4 + i], &s[8 + i], &s[12 + i]);
	}
	for (unsigned i = 0; i < 4; i++) {
		quarter(&s[i], &s[4 + (i + 1) % 4], &s[8 + (i + 2) % 4], &s[12 + (i + 3) % 4]);
	}
}

void chacha_block(uint32_t out[CHACHA_BLOCK_WORDS], const uint32_t key[CHACHA_KEY_WORDS],
	uint64_t counter, uint64_t nonce)
{
	/* "expand 32-byte k" */
	uint32_t start[CHACHA_BLOCK_WORDS] = { 0x61707865, 0x3320646e, 0x79622d32, 0x6b206574 };

	memcpy(&start[4], key, CHACHA_KEY_WORDS * sizeof(*key));
	start[12] = (uint32_t)counter;
	start[13] = (uint32_t)(counter >> 32);
	start[14] = (uint32_t)nonce;
	start[15] = (uint32_t)(nonce >> 32);
	memcpy(out, start, sizeof(start));
	for (unsigned i = 0; i < 10; i++) {
		double_round(out);
	}
	for (unsigned i = 0; i < CHACHA_BLOCK_WORDS; i++) {
		out[i] += start[i];
	}
}
