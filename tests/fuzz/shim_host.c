/* shim_host.c - the C library's part of the stand-ins. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

void *host_alloc(size_t size);
void host_free(void *p);
void host_abort(const char *what);
void *host_page(void);
void host_map_4g(uint64_t base);
void host_forget_4g(uint64_t base);

int host_try(void (*fn)(void));
void host_give_up(void) __attribute__((noreturn));

static jmp_buf back;

int host_try(void (*fn)(void))
{
	if (setjmp(back)) {
		return -1;
	}
	fn();
	return 0;
}

void host_give_up(void)
{
	longjmp(back, 1);
}

void *host_alloc(size_t size)
{
	return calloc(1, size);
}

void host_free(void *p)
{
	free(p);
}

void host_abort(const char *what)
{
	fprintf(stderr, "finding: %s\n", what);
	abort();
}

void *host_page(void)
{
	return aligned_alloc(4096, 4096);
}

/* All that the early tables of a real boot map: 4 GiB of nothing. */
void host_map_4g(uint64_t base)
{
	if (mmap((void *)base, 1ul << 32, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE | MAP_NORESERVE, -1,
		    0) == MAP_FAILED) {
		host_abort("no room for 4 GiB of address space");
	}
}

void host_forget_4g(uint64_t base)
{
	madvise((void *)base, 1ul << 32, MADV_DONTNEED);
}
