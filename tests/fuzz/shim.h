/*
 * shim.h - what a fuzzed unit finds in place of the kernel.
 *
 * Locks do nothing, time passes by itself, memory is the host's (so the address
 * sanitizer sees every object), a wait calls shim_on_wait() and gives up when that
 * says so. A panic is a finding.
 */
#ifndef TESTS_FUZZ_SHIM_H
#define TESTS_FUZZ_SHIM_H

#include <kernel/types.h>

/* The fuzzer's input, consumed from the front; zeros when it is used up. */
void input_set(const uint8_t *data, size_t size);
size_t input_left(void);
uint8_t input_u8(void);
uint32_t input_u32(void);
void input_bytes(void *to, size_t len);

/* The unit waits: let the other side act. False: nothing more will happen. */
extern bool (*shim_on_wait)(void);

/* Stop with a message: the unit broke a promise. */
void finding(const char *what) __noreturn;

#define REQUIRE(cond)                                                                              \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			finding(#cond);                                                            \
		}                                                                                  \
	} while (0)

/* shim_host.c */
void *host_alloc(size_t size);
void host_free(void *p);
void host_abort(const char *what) __noreturn;
void *host_page(void);
/* Run fn(): 0, or -1 when it ended in host_give_up(). */
int host_try(void (*fn)(void));
void host_give_up(void) __noreturn;
void host_map_4g(uint64_t base);
void host_forget_4g(uint64_t base);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif
