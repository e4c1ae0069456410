/* chacha.h - the ChaCha20 block function (RFC 8439, 2.3; the counter has 64 bits, as has the nonce). */
#ifndef CHACHA_H
#define CHACHA_H

#include <kernel/types.h>

#define CHACHA_KEY_WORDS   8
#define CHACHA_BLOCK_WORDS 16

void chacha_block(uint32_t out[CHACHA_BLOCK_WORDS], const uint32_t key[CHACHA_KEY_WORDS],
	uint64_t counter, uint64_t nonce);

#endif
