/*
 * vdso.c - the vDSO keeps its contract (vdso(7)): found by its ELF headers alone, it tells the same
 * time as the system calls, and never an earlier one, on any CPU.
 *
 * An ordinary Linux program, of either width; prints one line for each promise. Where the kernel counts system calls
 * (/proc/syscalls), that telling the time makes none is a promise too. On i386 the object also has the way
 * into the kernel (AT_SYSINFO), and where handlers without SA_RESTORER return to.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <link.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ROUNDS	2000
#define THREADS 4
#define SECOND	INT64_C(1000000000)

static int (*vdso_clock_gettime)(clockid_t, struct timespec *);
static int (*vdso_clock_getres)(clockid_t, struct timespec *);
static int (*vdso_gettimeofday)(struct timeval *, struct timezone *);
static time_t (*vdso_time)(time_t *);
static long (*vdso_getcpu)(unsigned *, unsigned *, void *);

static void say(const char *what, int is_good)
{
	printf("vdso %s: %s\n", what, is_good ? "success" : "failure");
	fflush(stdout);
}

/* ---- the object, as a loader reads it ---------------------------------- */

static const char *base;

static const void *dynamic_find(long tag)
{
	const ElfW(Ehdr) *header = (const void *)base;
	const ElfW(Phdr) *segment = (const void *)(base + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++) {
		if (segment[i].p_type == PT_DYNAMIC) {
			const ElfW(Dyn) *d = (const void *)(base + segment[i].p_vaddr);

			for (; d->d_tag != DT_NULL; d++) {
				if (d->d_tag == tag) {
					return base + d->d_un.d_ptr;
				}
			}
		}
	}
	return NULL;
}

/* Whether the version with this index has that name. */
static int is_version(unsigned index, const char *wanted)
{
	const char *at = dynamic_find(DT_VERDEF), *strings = dynamic_find(DT_STRTAB);

	for (;;) {
		const ElfW(Verdef) *v = (const void *)at;
		const ElfW(Verdaux) *name = (const void *)(at + v->vd_aux);

		if (v->vd_ndx == (index & 0x7fff) && !(v->vd_flags & VER_FLG_BASE)) {
			return !strcmp(strings + name->vda_name, wanted);
		}
		if (!v->vd_next) {
			return 0;
		}
		at += v->vd_next;
	}
}

static void *symbol_find_in(const char *name, const char *version)
{
	const ElfW(Sym) *symbols = dynamic_find(DT_SYMTAB);
	const ElfW(Word) *hash = dynamic_find(DT_HASH);
	const ElfW(Half) *versions = dynamic_find(DT_VERSYM);
	const char *strings = dynamic_find(DT_STRTAB);

	if (!symbols || !hash || !versions || !strings) {
		return NULL;
	}
	for (ElfW(Word) i = 1; i < hash[1]; i++) {
		if (!strcmp(strings + symbols[i].st_name, name) &&
			is_version(versions[i], version)) {
			return (void *)(base + symbols[i].st_value);
		}
	}
	return NULL;
}

static void *symbol_find(const char *name)
{
	return symbol_find_in(name, "LINUX_2.6");
}

static int object_find(void)
{
	const ElfW(Ehdr) * header;

	base = (const char *)getauxval(AT_SYSINFO_EHDR);
	header = (const void *)base;
	if (!base || memcmp(header->e_ident, ELFMAG, SELFMAG) || header->e_type != ET_DYN) {
		return 0;
	}
	vdso_clock_gettime = symbol_find("__vdso_clock_gettime");
	vdso_clock_getres = symbol_find("__vdso_clock_getres");
	vdso_gettimeofday = symbol_find("__vdso_gettimeofday");
	vdso_time = symbol_find("__vdso_time");
	vdso_getcpu = symbol_find("__vdso_getcpu");
	return vdso_clock_gettime && vdso_clock_getres && vdso_gettimeofday && vdso_time &&
		vdso_getcpu;
}

/* ---- the same time -------------------------------------------------------- */

static int64_t by_vdso(clockid_t clock)
{
	struct timespec t;

	return vdso_clock_gettime(clock, &t) ? -1 : t.tv_sec * SECOND + t.tv_nsec;
}

static int64_t by_syscall(clockid_t clock)
{
	struct timespec t;

	return syscall(SYS_clock_gettime, clock, &t) ? -1 : t.tv_sec * SECOND + t.tv_nsec;
}

static int is_interleaved(clockid_t clock)
{
	int64_t last = by_syscall(clock);

	for (int i = 0; i < ROUNDS; i++) {
		int64_t now = i & 1 ? by_syscall(clock) : by_vdso(clock);

		if (now < last || now > last + 10 * SECOND) {
			printf("clock %d: %lld after %lld\n", clock, (long long)now,
				(long long)last);
			return 0;
		}
		last = now;
	}
	return 1;
}

static int clocks_are_interleaved(void)
{
	static const clockid_t clocks[] = { CLOCK_REALTIME, CLOCK_MONOTONIC, CLOCK_MONOTONIC_RAW,
		CLOCK_BOOTTIME, CLOCK_PROCESS_CPUTIME_ID, CLOCK_THREAD_CPUTIME_ID };
	int is_good = 1;

	for (unsigned i = 0; i < sizeof(clocks) / sizeof(clocks[0]); i++) {
		is_good &= is_interleaved(clocks[i]);
	}
	return is_good;
}

/* Every number that Linux 6.1 could mean: the same answer and the same resolution. */
static int answers_are_equal(void)
{
	for (int clock = -2; clock < 16; clock++) {
		struct timespec a = { 0, 0 }, b = { 0, 0 };
		int mine = vdso_clock_gettime(clock, &a);
		long theirs = syscall(SYS_clock_gettime, clock, &b);

		if ((mine < 0 ? -mine : 0) != (theirs < 0 ? errno : 0)) {
			printf("clock %d: %d, %ld\n", clock, mine, theirs);
			return 0;
		}
		mine = vdso_clock_getres(clock, &a);
		theirs = syscall(SYS_clock_getres, clock, &b);
		if ((mine < 0 ? -mine : 0) != (theirs < 0 ? errno : 0) ||
			memcmp(&a, &b, sizeof(a))) {
			printf("resolution of %d: %d, %ld\n", clock, mine, theirs);
			return 0;
		}
	}
	return !vdso_clock_getres(CLOCK_MONOTONIC, NULL);
}

static int days_are_equal(void)
{
	for (int i = 0; i < ROUNDS; i++) {
		int64_t before = by_syscall(CLOCK_REALTIME), after, day;
		struct timezone zone = { 5, 5 };
		struct timeval t;
		time_t seconds, stored;

		vdso_gettimeofday(&t, &zone);
		seconds = vdso_time(&stored);
		after = by_syscall(CLOCK_REALTIME);
		day = t.tv_sec * SECOND + t.tv_usec * 1000;
		if (day < before / 1000 * 1000 || day > after || stored != seconds ||
			seconds < before / SECOND - 1 || seconds > after / SECOND ||
			zone.tz_minuteswest == 5) {
			return 0;
		}
	}
	return 1;
}

/* ---- threads ------------------------------------------------------------------ */

/* The latest that any thread was told: nobody may be told an earlier time after it was stored. */
static _Atomic int64_t latest;
static atomic_int went_back;

static void *reader(void *arg)
{
	for (int i = 0; i < ROUNDS * 4; i++) {
		int64_t before = atomic_load(&latest);
		int64_t now = (i + (long)arg) % 16 ? by_vdso(CLOCK_MONOTONIC)
						   : by_syscall(CLOCK_MONOTONIC);

		if (now < before) {
			atomic_fetch_add(&went_back, 1);
		}
		while (before < now && !atomic_compare_exchange_weak(&latest, &before, now)) {
		}
	}
	return NULL;
}

static int threads_agree(void)
{
	pthread_t threads[THREADS];

	for (long i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, reader, (void *)i)) {
			return 0;
		}
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], NULL);
	}
	return !went_back;
}

/* ---- without system calls -------------------------------------------------------- */

/* All that were made on this machine, but for those that reading this takes; -1: not counted. */
static long syscalls_made(const char *name)
{
	FILE *file = fopen("/proc/syscalls", "r");
	long made = 0, count;
	char word[64];

	if (!file) {
		return -1;
	}
	while (fscanf(file, "%63s %ld", word, &count) == 2) {
		made += strcmp(word, name) ? 0 : count;
	}
	fclose(file);
	return made;
}

static long clock_calls_made(void)
{
	return syscalls_made("clock_gettime") + syscalls_made("clock_gettime64") +
		syscalls_made("gettimeofday") + syscalls_made("time");
}

static int is_free_of_syscalls(void)
{
	long before = clock_calls_made(), after;
	struct timeval t;

	for (int i = 0; i < ROUNDS; i++) {
		by_vdso(CLOCK_MONOTONIC);
		by_vdso(CLOCK_REALTIME);
		vdso_gettimeofday(&t, NULL);
		vdso_time(NULL);
	}
	after = clock_calls_made();
	/* Numbers that have become old are renewed by a call, once a second or so. */
	return before < 0 ? after < 0 : after - before < ROUNDS / 100;
}

/* ---- the memory ------------------------------------------------------------------ */

static int is_in_maps(const char *name)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	int found = 0;

	while (maps && fgets(line, sizeof(line), maps)) {
		found |= strstr(line, name) != NULL &&
			(strstr(line, "r--p") || strstr(line, "r-xp"));
	}
	if (maps) {
		fclose(maps);
	}
	return found;
}

static int is_read_only(void)
{
	void *data = (void *)(base - 4096);

	return mprotect(data, 4096, PROT_READ | PROT_WRITE) == -1 && errno == EACCES;
}

static int child_agrees(void)
{
	int64_t before = by_vdso(CLOCK_MONOTONIC);
	int status = 1;
	pid_t child = fork();

	if (!child) {
		_exit(by_vdso(CLOCK_MONOTONIC) >= before ? 0 : 1);
	}
	return waitpid(child, &status, 0) == child && status == 0;
}

static int cpu_is_told(void)
{
	unsigned cpu = ~0u, node = ~0u;

	return !vdso_getcpu(&cpu, &node, NULL) &&
		cpu < (unsigned)sysconf(_SC_NPROCESSORS_ONLN) + 1 && node != ~0u;
}

/* ---- what only one width has ------------------------------------------------------ */

#ifdef __i386__
struct timespec64 {
	int64_t sec, nsec;
};

struct kernel_sigaction {
	void *handler;
	unsigned long flags, restorer;
	uint64_t mask;
};

static int clock64_is_between(void)
{
	int (*gettime64)(clockid_t, struct timespec64 *) = symbol_find("__vdso_clock_gettime64");
	int is_good = gettime64 != NULL;

	for (int i = 0; is_good && i < ROUNDS; i++) {
		int64_t before = by_syscall(CLOCK_REALTIME), now;
		struct timespec64 t;

		is_good = !gettime64(CLOCK_REALTIME, &t);
		now = t.sec * SECOND + t.nsec;
		is_good = is_good && before <= now && now <= by_syscall(CLOCK_REALTIME);
	}
	return is_good && gettime64(12345, &(struct timespec64){ 0, 0 }) == -EINVAL;
}

static int entry_makes_calls(void)
{
	const void *entry = symbol_find_in("__kernel_vsyscall", "LINUX_2.5");
	long result = SYS_getpid;

	if (!entry || (unsigned long)entry != getauxval(AT_SYSINFO)) {
		return 0;
	}
	__asm__ volatile("call *%1" : "+a"(result) : "r"(entry) : "memory");
	return result == syscall(SYS_getpid);
}

static volatile int handled;
static const void *volatile returns_to;

static void handler(int signo)
{
	returns_to = __builtin_return_address(0);
	handled += signo == SIGUSR1;
}

/* Its return leads through the object, and the signal mask is what it was. */
static int handler_returns(unsigned long flags, const char *by)
{
	struct kernel_sigaction action = { handler, flags, 0, 1ull << (SIGUSR2 - 1) };
	uint64_t mask = ~0ull;
	int before = handled;

	if (syscall(SYS_rt_sigaction, SIGUSR1, &action, NULL, sizeof(mask)) || raise(SIGUSR1) ||
		syscall(SYS_rt_sigprocmask, SIG_BLOCK, NULL, &mask, sizeof(mask))) {
		return 0;
	}
	return handled == before + 1 && !mask && returns_to == symbol_find_in(by, "LINUX_2.5");
}

static void say_of_width(void)
{
	say("tells times of 64 bits", clock64_is_between());
	say("makes system calls", entry_makes_calls());
	say("ends a handler", handler_returns(0, "__kernel_sigreturn"));
	say("ends a handler with details", handler_returns(SA_SIGINFO, "__kernel_rt_sigreturn"));
}
#else
static void say_of_width(void)
{
	say("has names without a prefix",
		symbol_find("clock_gettime") && symbol_find("gettimeofday"));
}
#endif

int main(void)
{
	if (!object_find()) {
		say("has its symbols", 0);
		return 1;
	}
	say("has its symbols", 1);
	say("answers are equal", answers_are_equal());
	say("clocks are interleaved", clocks_are_interleaved());
	say("days are equal", days_are_equal());
	say("threads agree", threads_agree());
	say("child agrees", child_agrees());
	say("cpu is told", cpu_is_told());
	say("needs no system calls", is_free_of_syscalls());
	say("is in maps", is_in_maps("[vdso]") && is_in_maps("[vvar]"));
	say("is read-only", is_read_only());
	say_of_width();
	return 0;
}
