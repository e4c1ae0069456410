/*
 * Code that changes: written where it stands or from elsewhere, replaced by another page at its address, moved, forbidden, and of
 * several processes at one address. What a processor keeps of code and of its place must not outlive that.
 */
#include "oracle.h"

#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mman.h>

#define PAGE   4096ul
#define ROUNDS 300
#define OTHERS 12 /* processes: more than a processor keeps address spaces of */

#define ALL (PROT_READ | PROT_WRITE | PROT_EXEC)
#define RX  (PROT_READ | PROT_EXEC)
#define RW  (PROT_READ | PROT_WRITE)

static jmp_buf back;
static int reason;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	reason = info->si_code;
	longjmp(back, signal);
}

static void must(int result)
{
	if (result) {
		perror("code");
		exit(1);
	}
}

/*
 * A function that gives a number: mov $number, %eax; ret. Where it was not written at the address where it runs, a processor asks for
 * an instruction like cpuid before it does (Intel's manual, 8.1.3).
 */
static void function_write(volatile unsigned char *at, uint32_t number)
{
	at[0] = 0xb8;
	for (int i = 0; i < 4; i++) {
		at[1 + i] = (unsigned char)(number >> (8 * i));
	}
	at[5] = 0xc3;
	uint32_t leaf = 0, part = 0;
	__asm__ volatile("cpuid" : "+a"(leaf), "+c"(part) : : "ebx", "edx", "memory");
}

static uint32_t run(const volatile void *at)
{
	uint32_t (*function)(void) = (uint32_t(*)(void))(uintptr_t)at;

	return function();
}

static void try_run(const char *what, const volatile void *at)
{
	int signal = setjmp(back);

	if (signal) {
		printf("%s: signal %d, code %d\n", what, signal, reason);
	} else {
		printf("%s: %u\n", what, run(at));
	}
}

static unsigned char *map(
	void *at, unsigned long pages, int protection, int flags, int fd, unsigned long page)
{
	unsigned char *there = mmap(at, pages * PAGE, protection, flags | (at ? MAP_FIXED : 0), fd,
		(off_t)(page * PAGE));

	must(there == MAP_FAILED);
	return there;
}

static void written(void)
{
	unsigned char *code = map(NULL, 1, ALL, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned wrong = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		function_write(code, i);
		wrong += run(code) != i;
	}
	printf("written: %u wrong\n", wrong);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		must(mprotect(code, PAGE, RW));
		function_write(code, i);
		must(mprotect(code, PAGE, RX));
		wrong += run(code) != i;
	}
	printf("made writable and executable: %u wrong\n", wrong);
	munmap(code, PAGE);
	try_run("unmapped", code);
}

/* One page of a file is run while it is written elsewhere; then another takes its place, and again. */
static void replaced(int fd)
{
	unsigned char *from = map(NULL, 2, RW, MAP_SHARED, fd, 0);
	unsigned char *code = map(NULL, 1, RX, MAP_SHARED, fd, 0);
	unsigned wrong = 0;

	for (uint32_t i = 0; i < ROUNDS; i++) {
		function_write(from, i);
		wrong += run(code) != i;
	}
	printf("written elsewhere: %u wrong\n", wrong);
	function_write(from, 1);
	function_write(from + PAGE, 2);
	for (uint32_t i = 0; i < ROUNDS; i++) {
		map(code, 1, RX, MAP_SHARED, fd, i % 2);
		wrong += run(code) != 1 + i % 2;
		wrong += run(code) != 1 + i % 2;
	}
	printf("replaced: %u wrong\n", wrong);
	munmap(code, PAGE);
	munmap(from, 2 * PAGE);
}

/* An instruction on two pages, of which the second is replaced. */
static void across(int fd)
{
	unsigned char *from = map(NULL, 3, RW, MAP_SHARED, fd, 0);
	unsigned char *code = map(NULL, 2, RX, MAP_SHARED, fd, 0);
	unsigned char *at = code + PAGE - 3;
	unsigned wrong = 0;

	function_write(from + PAGE - 3, 0x01020304);
	memcpy(from + 2 * PAGE, from + PAGE, PAGE);
	from[2 * PAGE] = 0x55;
	for (uint32_t i = 0; i < ROUNDS; i++) {
		map(code + PAGE, 1, RX, MAP_SHARED, fd, 1 + i % 2);
		wrong += run(at) != (i % 2 ? 0x01550304 : 0x01020304);
	}
	printf("across pages: %u wrong\n", wrong);
	munmap(code + PAGE, PAGE);
	try_run("half of it unmapped", at);
	munmap(code, PAGE);
	munmap(from, 3 * PAGE);
}

static void moved(void)
{
	unsigned char *here = map(NULL, 1, ALL, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char *there = map(NULL, 1, ALL, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	function_write(here, 11);
	function_write(there, 22);
	printf("before: %u %u\n", run(here), run(there));
	must(mremap(here, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, there) == MAP_FAILED);
	try_run("moved, where it was", here);
	try_run("moved, where it is", there);
	must(mprotect(there, PAGE, PROT_READ));
	try_run("not executable", there);
	must(mprotect(there, PAGE, RX));
	try_run("executable", there);
	munmap(there, PAGE);
}

/* Each has its own function at the address of all. Told by its end whether it ever ran another's. */
static void child(unsigned char *code, uint32_t number)
{
	unsigned wrong = 0;

	if (number % 3) {
		function_write(code, number);
	} else { /* a new page instead of a copy */
		map(code, 1, ALL, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		function_write(code, number);
	}
	for (int i = 0; i < ROUNDS; i++) {
		wrong += run(code) != number;
		sched_yield();
		wrong += run(code) != number;
	}
	_exit(wrong ? 1 : 0);
}

static void shared_address(void)
{
	unsigned char *code = map(NULL, 1, ALL, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned wrong = 0;

	function_write(code, 1000);
	for (uint32_t i = 0; i < OTHERS; i++) {
		if (!fork()) {
			child(code, i);
		}
	}
	for (int i = 0; i < ROUNDS; i++) {
		wrong += run(code) != 1000;
		sched_yield();
	}
	for (int status; wait(&status) > 0;) {
		wrong += status != 0;
	}
	printf("processes at one address: %u wrong\n", wrong);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };
	int fd = file_make("code", "");

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	must(ftruncate(fd, 3 * PAGE));
	written();
	replaced(fd);
	across(fd);
	moved();
	shared_address();
	return 0;
}
