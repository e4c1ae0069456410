/*
 * random.c - the generator: ChaCha20 with a key that is overwritten by its own output.
 *
 * Each request makes blocks under the present key; the first 32 bytes of them
 * become the next key ("fast key erasure", D. J. Bernstein, 2017), the rest is
 * the caller's.
 */
#include <arch/clock.h>
#include <arch/entropy.h>
#include <kernel/random.h>
#include <kernel/spinlock.h>
#include <kernel/string.h>
#include "chacha.h"

#define STIR_SPAN      (60 * NSEC_PER_SEC)
#define JITTER_SAMPLES 256

static struct spinlock lock = SPINLOCK_INIT("random");
static uint32_t key[CHACHA_KEY_WORDS];
static uint64_t nonce;
static nsec_t stirred_at;
static bool is_seeded;
static size_t hardware_len;

/* The bytes go into the key, and the key through the cipher: no input can undo another. */
static void key_mix(const void *data, size_t len)
{
	uint32_t block[CHACHA_BLOCK_WORDS];

	while (len > 0) {
		size_t part = MIN(len, sizeof(key));
		uint32_t input[CHACHA_KEY_WORDS] = { 0 };

		memcpy(input, data, part);
		for (unsigned i = 0; i < CHACHA_KEY_WORDS; i++) {
			key[i] ^= input[i];
		}
		chacha_block(block, key, nonce++, 0);
		memcpy(key, block, sizeof(key));
		data = (const char *)data + part;
		len -= part;
	}
}

/* How long the same loop takes varies a little, by caches and by what else the host does. */
static void jitter_mix(unsigned samples)
{
	for (unsigned i = 0; i < samples; i++) {
		uint64_t now[2] = { clock_now(), 0 };

		for (volatile unsigned spin = 0; spin < 16 + (key[0] & 15); spin++) {
		}
		now[1] = clock_now();
		key_mix(now, sizeof(now));
	}
}

static void stir_locked(void)
{
	unsigned char seed[sizeof(key)];
	nsec_t now[2] = { clock_now(), clock_wall() };
	size_t len = arch_entropy(seed, sizeof(seed));

	key_mix(now, sizeof(now));
	key_mix(seed, len);
	jitter_mix(is_seeded ? 1 : JITTER_SAMPLES);
	hardware_len = MAX(hardware_len, len);
	is_seeded = true;
	stirred_at = now[0];
}

/* At most one block, less the key that it gives up. */
static size_t some_bytes(char *buf, size_t len)
{
	uint32_t block[CHACHA_BLOCK_WORDS];
	size_t part = MIN(len, sizeof(block) - sizeof(key));

	chacha_block(block, key, nonce++, 0);
	memcpy(key, block, sizeof(key));
	memcpy(buf, (char *)block + sizeof(key), part);
	memset(block, 0, sizeof(block));
	barrier();
	return part;
}

void random_bytes(void *buf, size_t len)
{
	irq_state_t irq = spin_lock_irqsave(&lock);

	if (!is_seeded || clock_now() - stirred_at > STIR_SPAN) {
		stir_locked();
	}
	spin_unlock_irqrestore(&lock, irq);
	for (size_t done = 0; done < len;) {
		irq = spin_lock_irqsave(&lock);
		done += some_bytes((char *)buf + done, len - done);
		spin_unlock_irqrestore(&lock, irq);
	}
}

void random_stir(const void *buf, size_t len)
{
	irq_state_t irq = spin_lock_irqsave(&lock);

	if (!is_seeded) {
		stir_locked();
	}
	key_mix(buf, len);
	spin_unlock_irqrestore(&lock, irq);
}

size_t random_seeded_by(void)
{
	return READ_ONCE(hardware_len);
}
