/* What mappings show of a file that gets shorter, or a hole (kernel/vm/cut.c). */
#include "oracle.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define PAGE  4096ul
#define PAGES 4ul

static jmp_buf back;
static int fd;
static volatile char *both, *own; /* shared, private */

static void on_fault(int signal)
{
	longjmp(back, signal);
}

static void look_at(const char *what, unsigned long number, volatile char *page)
{
	int signal = setjmp(back);

	if (signal) {
		printf("%s %lu: signal %d\n", what, number, signal);
	} else {
		printf("%s %lu: %d %d\n", what, number, page[0], page[100]);
	}
}

static void look(const char *what, volatile char *at)
{
	for (unsigned long i = 0; i < PAGES; i++) {
		look_at(what, i, at + i * PAGE);
	}
	fflush(stdout);
}

static void fill(void)
{
	char page[PAGE];

	lseek(fd, 0, SEEK_SET);
	for (unsigned long i = 0; i < PAGES; i++) {
		memset(page, (int)i + 1, sizeof(page));
		write(fd, page, sizeof(page));
	}
}

/* Each page of either is mapped, and of the private ones two are copies. */
static void map_all(void)
{
	both = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	own = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	look("shared", both);
	own[0] = 50;
	own[3 * PAGE] = 53;
	both[2 * PAGE] = 62;
	look("private", own);
}

static void shorter(void)
{
	TRY(ftruncate(fd, PAGE + 50));
	look("shared, short", both);
	look("private, short", own);
	TRY(ftruncate(fd, 3 * PAGE));
	look("shared, longer again", both);
	look("private, longer again", own);
	both[2 * PAGE] = 72;
	look("private, with what is new", own);
}

/* The mappings of another process, which has them by fork, and waits meanwhile. */
static void others(void)
{
	int to[2], from[2];
	char c = 0;
	pid_t pid;

	fflush(stdout);
	pipe(to);
	pipe(from);
	pid = fork();
	if (pid == 0) {
		own[PAGE] = 51;
		write(from[1], &c, 1);
		read(to[0], &c, 1);
		look("the child's shared", both);
		look("the child's private", own);
		_exit(0);
	}
	read(from[0], &c, 1);
	TRY(ftruncate(fd, 10));
	write(to[1], &c, 1);
	waitpid(pid, NULL, 0);
	look("shared", both);
	look("private", own);
}

/* A part of a mapping, at another place, without rights meanwhile. */
static void parts(void)
{
	char *at;

	fill();
	at = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	memset(at, 9, PAGES * PAGE);
	munmap(at + PAGE, PAGE);
	mprotect(at + 3 * PAGE, PAGE, PROT_NONE);
	TRY(ftruncate(fd, 3 * PAGE));
	mprotect(at + 3 * PAGE, PAGE, PROT_READ);
	look("in parts", at);
	TRY(open("f", O_RDWR | O_TRUNC) >= 0);
	look("emptied", at);
	munmap(at, PAGES * PAGE);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_fault, .sa_flags = SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	fill();
	map_all();
	shorter();
	fill();
	look("shared, full", both);
	look("private, full", own);
	others();
	parts();
	return 0;
}
