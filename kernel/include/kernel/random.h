/*
 * random.h - random bytes for programs and for the kernel.
 *
 * A ChaCha20 generator whose key is replaced after each use, so that what it
 * gave before cannot be computed from what is in memory now. It is seeded by
 * what the processor offers (arch_entropy()) and by the jitter of the clock, and
 * stirred again now and then. random_seeded_by() says by how much: on a machine
 * without RDRAND or RDSEED there is only the clock.
 */
#ifndef KERNEL_RANDOM_H
#define KERNEL_RANDOM_H

#include <kernel/types.h>

/* Any context. */
void random_bytes(void *buf, size_t len);

/* Mix in what somebody else thinks is random; it never makes things worse. */
void random_stir(const void *buf, size_t len);

/* Bytes of the seed that came from the processor's generator; 0: the clock alone. */
size_t random_seeded_by(void);

#endif
