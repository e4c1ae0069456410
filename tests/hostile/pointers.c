/*
 * pointers.c - a wild pointer in every pointer argument of every system call, the other
 * arguments in order: nothing, no address, the kernel's, the hypervisor's, the end of user
 * space, a page without rights, one that can only be read, the last byte before a hole,
 * an odd address. A line holds what the call said to each.
 */
#include "hostile.h"
#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/time.h>

#define SANE_fd	      3
#define SANE_fd_other 4
#define SANE_fd_dir   5
#define SANE_path     ((long)"file")
#define SANE_ptr      ((long)page_rw)
#define SANE_len      64
#define SANE_off      0
#define SANE_flags    0
#define SANE_mode     0644
#define SANE_int      0
#define SANE_uint     0
#define SANE_long     0
#define SANE_ulong    1

enum kind {
	KIND_none,
	KIND_fd,
	KIND_path,
	KIND_ptr,
	KIND_len,
	KIND_off,
	KIND_flags,
	KIND_mode,
	KIND_int,
	KIND_uint,
	KIND_long,
	KIND_ulong
};

struct argument {
	enum kind kind;
	const char *name;
	long value;
};

static char *page_rw, *page_ro, *page_none, *page_edge;

/* Calls that would change this machine, had they got what they asked for: never anything readable. */
static const char *const guarded[] = { "settimeofday", "clock_settime", "clock_settime64", "stime",
	"clock_adjtime", "clock_adjtime64", "adjtimex", "sethostname", "setdomainname", "chroot",
	"mount", "umount", "umount2", "swapon", "swapoff", "acct", "pivot_root" };

static bool is_guarded(const char *name)
{
	for (unsigned i = 0; i < sizeof(guarded) / sizeof(guarded[0]); i++) {
		if (!strcmp(guarded[i], name)) {
			return true;
		}
	}
	return false;
}

#define UNREADABLE (sizeof((unsigned long[]){ WILD_POINTERS }) / sizeof(long)) /* they come first */

static const char *wild_names = WILD_NAMES " | no-rights read-only edge odd";

static unsigned wilds_fill(unsigned long *wild)
{
	const unsigned long values[] = { WILD_POINTERS, (unsigned long)page_none,
		(unsigned long)page_ro, (unsigned long)page_edge + 4095,
		(unsigned long)page_rw + 1 };

	memcpy(wild, values, sizeof(values));
	return sizeof(values) / sizeof(values[0]);
}

static void tick(int signo)
{
}

/* Whoever waits for ever hears a signal, again and again. */
static void impatience_set(void)
{
	struct sigaction action = { .sa_handler = tick };
	struct itimerval often = { { 0, 50000 }, { 0, 50000 } };

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
}

static void patience_set(void)
{
	struct itimerval never = { { 0, 0 }, { 0, 0 } };

	setitimer(ITIMER_REAL, &never, NULL);
}

/* What a call said, the same words in a row only once: "EFAULT*12". */
static void say(const char *word, unsigned times)
{
	if (times > 1) {
		printf(" %s*%u", word, times);
	} else if (times) {
		printf(" %s", word);
	}
}

static const char *outcome(long result)
{
	const char *name = result < 0 ? strerrorname_np(errno) : "ok";

	return name ? name : "odd";
}

static void call_once(int nr, const char *name, unsigned at, const struct argument *args)
{
	unsigned long wild[32];
	unsigned count = wilds_fill(wild);
	pid_t self = getpid();
	const char *word, *last = NULL;
	unsigned times = 0;

	memset(page_rw, 0, 4096);
	printf("%s %s:", name, args[at].name);
	for (unsigned i = 0; i < (is_guarded(name) ? UNREADABLE : count); i++) {
		long a[6], result;

		for (unsigned j = 0; j < 6; j++) {
			a[j] = j == at ? (long)wild[i] : args[j].value;
		}
		fflush(stdout);
		for (unsigned tries = 0; tries < 3;
			tries++) { /* the impatience may hit others too */
			result = syscall(nr, a[0], a[1], a[2], a[3], a[4], a[5]);
			if (result >= 0 || errno != EINTR) {
				break;
			}
		}
		if (getpid() != self) {
			_exit(0); /* that was a fork */
		}
		word = outcome(result);
		if (word == last) {
			times++;
			continue;
		}
		say(last, times);
		last = word;
		times = 1;
	}
	say(last, times);
	printf("\n");
}

static void call_try(int nr, const char *name, unsigned argc, const struct argument *args)
{
	for (unsigned i = 0; i < argc; i++) {
		if (args[i].kind == KIND_ptr || args[i].kind == KIND_path) {
			int status;
			pid_t pid;

			fflush(stdout);
			pid = fork();
			if (!pid) {
				impatience_set();
				call_once(nr, name, i, args);
				fflush(stdout);
				patience_set();
				_exit(0);
			}
			waitpid(pid, &status, 0);
			if (status) {
				printf("\n%s %s: status %#x\n", name, args[i].name, status);
			}
		}
	}
}

static void calls(void)
{
#define CALL(nr, name, argc, ...)                                                                  \
	{                                                                                          \
		const struct argument args[6] = { __VA_ARGS__ };                                   \
		call_try(nr, #name, argc, args);                                                   \
	}
#define CALL_LEFT_OUT(nr, name, argc, ...)
#include "calls.h"
}

/* Pointers that the table calls numbers: of ioctl(), fcntl(), prctl(). */
static void others(void)
{
	const struct {
		int nr;
		const char *name;
		long first, second;
	} calls[] = {
		{ SYS_ioctl, "FIONREAD", 6, 0x541b },
		{ SYS_ioctl, "TCGETS", 3, 0x5401 },
		{ FCNTL_NUMBER, "F_GETLK", SANE_fd, F_GETLK },
		{ FCNTL_NUMBER, "F_SETLK", SANE_fd, F_SETLK },
		{ FCNTL_NUMBER, "F_OFD_GETLK", SANE_fd, F_OFD_GETLK },
	};

	for (unsigned i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		struct argument args[6] = { { KIND_fd, "", calls[i].first },
			{ KIND_int, "", calls[i].second }, { KIND_ptr, "argument", 0 } };

		call_try(calls[i].nr, calls[i].name, 3, args);
	}
	for (int op = 15; op <= 16; op++) { /* PR_SET_NAME, PR_GET_NAME */
		struct argument args[6] = { { KIND_int, "", op }, { KIND_ptr, "argument", 0 } };

		call_try(SYS_prctl, op == 15 ? "PR_SET_NAME" : "PR_GET_NAME", 2, args);
	}
	for (int op = 0x1003; sizeof(long) == 8 && op <= 0x1004;
		op++) { /* ARCH_GET_FS, ARCH_GET_GS */
		struct argument args[6] = { { KIND_int, "", op }, { KIND_ptr, "argument", 0 } };

		call_try(SYS_arch_prctl, op == 0x1003 ? "ARCH_GET_FS" : "ARCH_GET_GS", 2, args);
	}
}

static void *page_get(int rights)
{
	/* Between two holes. */
	char *all = mmap(NULL, 3 * 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(all, 4096);
	munmap(all + 8192, 4096);
	mprotect(all + 4096, 4096, rights);
	return all + 4096;
}

static void file_make(const char *name, const char *text, int mode)
{
	int fd = open(name, O_CREAT | O_RDWR | O_TRUNC, mode);

	if (write(fd, text, strlen(text)) < 0 || close(fd)) {
		perror(name);
	}
}

int main(void)
{
	stack_t none = { .ss_flags = SS_DISABLE };
	int ends[2];

	sigaltstack(&none, NULL); /* what one was started with is not ours to choose */
	setvbuf(stdout, NULL, _IOFBF, 65536);
	page_rw = page_get(PROT_READ | PROT_WRITE);
	page_ro = page_get(PROT_READ);
	page_none = page_get(PROT_NONE);
	page_edge = page_get(PROT_READ | PROT_WRITE);
	memset(page_edge, 'x', 4096);
	file_make("file",
		"The quick brown fox jumps over the lazy dog. And so on, and so forth, to the end.",
		0644);
	file_make("other", "", 0644);
	file_make("garbage", "\177ELF garbage", 0755);
	symlink("file", "link");
	dup2(open("file", O_RDWR), SANE_fd);
	dup2(open("other", O_RDWR), SANE_fd_other);
	dup2(open(".", O_RDONLY), SANE_fd_dir);
	if (pipe(ends)) {
		perror("pipe");
	}
	dup2(ends[0], 6);
	printf("%s\n", wild_names);
	calls();
	others();
	fflush(stdout);
	return 0;
}
