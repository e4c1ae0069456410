/* Mappings, protection, faults (kernel/sys/memory.c, kernel/vm). */
#include "oracle.h"

#include <setjmp.h>
#include <signal.h>
#include <sys/mman.h>

#define PAGE 4096ul

static jmp_buf back;
static siginfo_t fault;

static void on_fault(int signal, siginfo_t *info, void *context)
{
	fault = *info;
	longjmp(back, signal);
}

/* What touching a byte gives: "ok", or the signal and its code. */
static void touch(const char *what, volatile char *at, bool is_write)
{
	int signal = setjmp(back);

	if (signal) {
		printf("%s: signal %d code %d, at the address: %d\n", what, signal, fault.si_code,
			fault.si_addr == (void *)at);
	} else {
		if (is_write) {
			*at = 1;
		}
		printf("%s: %d\n", what, *at);
	}
	fflush(stdout);
}

static char *map(size_t len, int prot, int flags, int fd, off_t offset)
{
	char *at = mmap(NULL, len, prot, flags, fd, offset);

	if (at == MAP_FAILED) {
		printf("mmap: %s\n", oracle_error(errno));
		return NULL;
	}
	return at;
}

static void refused(void)
{
	int fd = file_make("f", "content"), only_read = open("f", O_RDONLY),
	    only_write = open("f", O_WRONLY);
	int private = MAP_PRIVATE | MAP_ANONYMOUS;

	TRY(mmap(NULL, 0, PROT_READ, private, -1, 0));
	TRY(mmap(NULL, PAGE, PROT_READ, MAP_ANONYMOUS, -1, 0));
	TRY(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0));
	TRY(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, 99, 0));
	TRY(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 1));
	TRY(mmap((void *)1, PAGE, PROT_READ, private | MAP_FIXED, -1, 0));
	TRY(mmap(KERNEL_POINTER, PAGE, PROT_READ, private | MAP_FIXED, -1, 0));
	TRY(mmap(NULL, ~0ul, PROT_READ, private, -1, 0));
	TRY(mmap(NULL, ~0ul / 16 * 15, PROT_READ, private, -1, 0));
	TRY(mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, only_read, 0));
	OK(munmap(map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, only_read, 0), PAGE));
	TRY(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, only_write, 0));
	TRY(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, open(".", O_RDONLY), 0));
	TRY(munmap((void *)1, PAGE));
	TRY(munmap(NULL, 0));
	TRY(munmap(FAR_AWAY, PAGE));
	TRY(munmap(KERNEL_POINTER, PAGE));
	TRY(mprotect((void *)1, PAGE, PROT_READ));
	TRY(mprotect(FAR_AWAY, PAGE, PROT_READ));
	TRY(mprotect(FAR_AWAY, 0, PROT_READ));
	TRY(madvise((void *)1, PAGE, MADV_DONTNEED));
	TRY(madvise(FAR_AWAY, PAGE, MADV_DONTNEED));
	TRY(madvise(FAR_AWAY, PAGE, 12345));
	TRY(msync((void *)1, PAGE, MS_SYNC));
	TRY(msync(FAR_AWAY, PAGE, MS_SYNC));
	TRY(msync(FAR_AWAY, PAGE, MS_SYNC | MS_ASYNC));
	TRY(mremap((void *)1, PAGE, PAGE, 0));
	TRY(mremap(FAR_AWAY, PAGE, 2 * PAGE, MREMAP_MAYMOVE));
	close_range(3, ~0u, 0);
}

static void anonymous(void)
{
	char *at = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	touch("fresh", at, false);
	touch("written", at + PAGE, true);
	TRY(mprotect(at + PAGE, PAGE, PROT_READ));
	touch("read what is read-only", at + PAGE, false);
	touch("write what is read-only", at + PAGE, true);
	TRY(mprotect(at + PAGE, PAGE, PROT_NONE));
	touch("read what is none's", at + PAGE, false);
	TRY(mprotect(at + PAGE, PAGE, PROT_READ | PROT_WRITE));
	touch("again", at + PAGE, false);
	TRY(munmap(at + PAGE, PAGE));
	touch("gone", at + PAGE, false);
	touch("before", at, true);
	touch("after", at + 2 * PAGE, true);
	TRY(mprotect(at, 4 * PAGE, PROT_READ));
	touch("as far as it went", at, true);
	TRY(munmap(at, 4 * PAGE));
	TRY(munmap(at, 4 * PAGE));
	touch("null", NULL, false);
	touch("not canonical", NOT_CANONICAL, false);
	touch("the kernel's", KERNEL_POINTER, false);
	touch("write code", (char *)(uintptr_t)&anonymous, true);
}

static void placed(void)
{
	char *at = map(8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = MAP_PRIVATE | MAP_ANONYMOUS;

	at[2 * PAGE] = 'x';
	TRY(mmap(at + 2 * PAGE, PAGE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, -1, 0) ==
		at + 2 * PAGE);
	touch("replaced", at + 2 * PAGE, false);
	TRY(mmap(at + PAGE, PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0));
	TRY(munmap(at + 4 * PAGE, PAGE));
	TRY(mmap(at + 4 * PAGE, PAGE, PROT_READ, flags | MAP_FIXED_NOREPLACE, -1, 0) ==
		at + 4 * PAGE);
	TRY(munmap(at + 4 * PAGE, PAGE));
	TRY(mmap(at + 4 * PAGE, PAGE, PROT_READ, flags, -1, 0) == at + 4 * PAGE);
	TRY(!IS_WIDE ||
		(unsigned long)mmap(NULL, PAGE, PROT_READ, flags | MAP_32BIT, -1, 0) < 1ul << 31);
	TRY(munmap(at, 8 * PAGE));
}

static void files(void)
{
	int fd = file_make("m", "hello");
	char *shared, *private, two[2];

	ftruncate(fd, PAGE + 10);
	shared = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	printf("%.5s %.5s\n", shared, private);
	shared[0] = 'H';
	printf("%c\n", private[0]);
	private[1] = 'E';
	shared[2] = 'L';
	printf("%.5s %.2s\n", shared, private);
	TRY(pread(fd, two, 2, 0));
	printf("%.2s\n", two);
	TRY(pwrite(fd, "J", 1, 0));
	printf("%c\n", shared[0]);
	touch("the tail", shared + PAGE + 20, true);
	touch("behind the end", shared + 2 * PAGE, false);
	TRY(msync(shared, PAGE, MS_SYNC));
	TRY(msync(shared, PAGE, MS_ASYNC));
	close(fd);
	touch("after close", shared, false);
	TRY(munmap(shared, 3 * PAGE));
	TRY(munmap(private, PAGE));
	file_show("m");
}

static void moving(void)
{
	char *at = map(2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *to;

	strcpy(at, "moved");
	at = mremap(at, 2 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	printf("%s\n", at);
	touch("its end", at + 63 * PAGE, true);
	TRY(mremap(at, 64 * PAGE, PAGE, 0) == at);
	touch("shrunk", at + PAGE, false);
	to = map(4 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	TRY(mremap(at, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, to) == to);
	printf("%s\n", to);
	touch("left", at, false);
	TRY(mremap(to, PAGE, PAGE, MREMAP_FIXED, at));
	TRY(mremap(to, PAGE, 4 * PAGE, 0));
	TRY(mremap(to, PAGE, 0, MREMAP_MAYMOVE));
	TRY(mremap(to, PAGE, PAGE, 77));
	TRY(munmap(to, 4 * PAGE));
}

static void advice(void)
{
	char *at = map(4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned char there[4];

	memset(at, 'a', 4 * PAGE);
	TRY(madvise(at, PAGE, MADV_DONTNEED));
	touch("not needed", at, false);
	touch("needed", at + PAGE, false);
	TRY(madvise(at, PAGE, MADV_WILLNEED));
	TRY(madvise(at, PAGE, MADV_SEQUENTIAL));
	TRY(madvise(at, PAGE, MADV_NORMAL));
	TRY(mincore(at, 4 * PAGE, there));
	printf("%d %d %d %d\n", there[0] & 1, there[1] & 1, there[2] & 1, there[3] & 1);
	TRY(mincore(at + 1, PAGE, there));
	TRY(mincore(at, PAGE, BAD_POINTER));
	TRY(mincore(FAR_AWAY, PAGE, there));
	TRY(mlock(at, PAGE));
	TRY(munlock(at, PAGE));
	TRY(mlock(FAR_AWAY, PAGE));
	TRY(munlock(FAR_AWAY, PAGE));
	TRY(munmap(at, 4 * PAGE));
}

static void breaks(void)
{
	char *end = (char *)syscall(SYS_brk, 0);

	TRY((char *)syscall(SYS_brk, end + 3 * PAGE) == end + 3 * PAGE);
	touch("new", end + 2 * PAGE, true);
	TRY((char *)syscall(SYS_brk, end) == end);
	TRY((char *)syscall(SYS_brk, NULL) == end);
	TRY((char *)syscall(SYS_brk, KERNEL_POINTER) == end);
	TRY((char *)syscall(SYS_brk, end + 3 * PAGE) == end + 3 * PAGE);
	touch("zero again", end + 2 * PAGE, false);
	TRY((char *)syscall(SYS_brk, end) == end);
}

static char *both, *own;

static void in_fork(void)
{
	touch("child sees", own, false);
	own[0] = 5;
	both[0] = 6;
	touch("child has", own, false);
}

static void forks(void)
{
	own = map(PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	both = map(3 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	own[0] = 3;
	in_child("child", in_fork);
	printf("own %d, shared %d\n", own[0], both[0]);
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = on_fault, .sa_flags = SA_SIGINFO | SA_NODEFER };

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	refused();
	anonymous();
	placed();
	files();
	moving();
	advice();
	breaks();
	forks();
	return 0;
}
