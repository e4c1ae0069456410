/* Holes that are punched into files, and ranges that become zero: fallocate(FALLOC_FL_PUNCH_HOLE), (..._ZERO_RANGE). */
#include "oracle.h"

#include <sys/mman.h>

#define PAGE  4096l
#define PAGES 6l
#define KEEP  1 /* FALLOC_FL_KEEP_SIZE */
#define PUNCH 3 /* FALLOC_FL_PUNCH_HOLE, too */
#define ZERO  0x10
#define DATA  3 /* SEEK_DATA */
#define HOLE  4

static int fd;
static volatile char *both, *own;

static int punch(long start, long len)
{
	return fallocate(fd, PUNCH, start, len);
}

/* Where bytes are 0 and where not. */
static void show(const char *what, const volatile char *bytes, long len)
{
	long start = 0;

	printf("%s:", what);
	for (long i = 1; i <= len; i++) {
		if (i == len || !bytes[i] != !bytes[start]) {
			printf(" %s to %ld", bytes[start] ? "data" : "zero", i);
			start = i;
		}
	}
	printf("\n");
	fflush(stdout);
}

static void show_all(void)
{
	static char buf[PAGES * PAGE];
	ssize_t len = pread(fd, buf, sizeof(buf), 0);

	show("read", buf, len);
	show("shared", both, PAGES * PAGE);
	show("private", own, PAGES * PAGE);
}

static void fill(void)
{
	char page[PAGE];

	memset(page, 7, sizeof(page));
	for (long i = 0; i < PAGES; i++) {
		pwrite(fd, page, sizeof(page), i * PAGE);
	}
}

static void contents(void)
{
	struct stat before, after;

	fill();
	both = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	own = mmap(NULL, PAGES * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	show_all();
	own[PAGE + 5] = 9; /* a copy, which stays */
	fsync(fd);
	fstat(fd, &before);
	TRY(punch(PAGE, 2 * PAGE));
	fsync(fd);
	fstat(fd, &after);
	printf("fewer blocks: %d, size %ld\n", after.st_blocks < before.st_blocks,
		(long)after.st_size);
	TRY(lseek(fd, 0, HOLE));
	TRY(lseek(fd, PAGE, DATA));
	show_all(); /* which may fill holes */
	both[PAGE + 10] = 3;
	show_all();
	TRY(punch(3 * PAGE + 100, 200));
	TRY(punch(4 * PAGE - 50, 100));
	show_all();
	TRY(punch(5 * PAGE + 1, 10 * PAGE));
	show_all();
	TRY(lseek(fd, 0, SEEK_END));
	TRY(punch(100 * PAGE, PAGE));
	TRY(punch(0, 1));
	TRY(punch(0, PAGES * PAGE));
	TRY(lseek(fd, 0, DATA));
	show_all();
	fill();
	show_all();
}

/* The last page is not whole. */
static void tail(void)
{
	TRY(ftruncate(fd, 2 * PAGE + 500));
	TRY(punch(2 * PAGE + 100, PAGE));
	TRY(ftruncate(fd, 3 * PAGE));
	show("longer", both, 3 * PAGE);
	TRY(ftruncate(fd, 2 * PAGE + 50));
	TRY(punch(2 * PAGE, PAGE));
	TRY(ftruncate(fd, 3 * PAGE));
	show("longer", both, 3 * PAGE);
}

/* Not every file system can; what becomes of the file is the same. */
static int zero(int mode, long start, long len)
{
	static char zeroes[10 * PAGE];
	int result = fallocate(fd, ZERO | mode, start, len);
	struct stat st;

	if (result && errno == EOPNOTSUPP) {
		fstat(fd, &st);
		if (mode & KEEP && start + len > st.st_size) {
			len = start < st.st_size ? st.st_size - start : 0;
		}
		result = pwrite(fd, zeroes, (size_t)len, start) == len ? 0 : -1;
	}
	return result;
}

static void size_show(void)
{
	TRY(lseek(fd, 0, SEEK_END));
}

static void zeroes(void)
{
	const char *can = getenv("ZERO_RANGE"); /* who made the file system says so */

	TRY(ftruncate(fd, 0));
	fill();
	if (can && (fallocate(fd, ZERO | KEEP, 0, 1) == 0) != atoi(can)) {
		printf("ranges should %s\n", atoi(can) ? "become zero" : "be refused");
	}
	fill();
	own[3 * PAGE] = 8;
	TRY(zero(KEEP, PAGE + 100, 200));
	TRY(zero(KEEP, 2 * PAGE, 2 * PAGE));
	show_all();
	both[2 * PAGE + 10] = 3;
	TRY(zero(0, 4 * PAGE - 10, 20));
	TRY(zero(KEEP, PAGES * PAGE - 100, 300));
	size_show();
	show_all();
	TRY(zero(0, PAGES * PAGE - 50, PAGE));
	size_show();
	show("longer", both, PAGES * PAGE);
	TRY(zero(KEEP, 50 * PAGE, PAGE));
	TRY(zero(0, 9 * PAGE, PAGE));
	size_show();
}

static void refused(void)
{
	int only_read = open("f", O_RDONLY), p[2], folder = open(".", O_RDONLY);
	struct stat st;

	pipe(p);
	TRY(punch(-1, 5));
	TRY(punch(0, 0));
	TRY(fallocate(fd, 2, 0, 5));
	TRY(fallocate(fd, 2 | KEEP | ZERO, 0, 5));
	TRY(fallocate(fd, ZERO, -1, 5));
	TRY(fallocate(fd, ZERO, 0, 0));
	TRY(fallocate(only_read, ZERO, 0, 5));
	TRY(fallocate(p[1], ZERO, 0, 5));
	TRY(fallocate(99, ZERO, -1, 5));
	TRY(fallocate(fd, 2 | 0x10, 0, 5));
	TRY(fallocate(fd, 1 << 20, 0, 5));
	TRY(fallocate(only_read, PUNCH, 0, 5));
	TRY(fallocate(folder, PUNCH, 0, 5));
	TRY(fallocate(p[1], PUNCH, 0, 5));
	TRY(fallocate(99, PUNCH, 0, 5));
	fchmod(fd, 04755);
	TRY(punch(0, 5));
	fstat(fd, &st);
	printf("mode %o\n", st.st_mode & 07777);
}

int main(void)
{
	fd = open("f", O_RDWR | O_CREAT | O_TRUNC, 0644);
	contents();
	tail();
	zeroes();
	refused();
	return 0;
}
