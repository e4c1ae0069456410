/*
 * vdso.c - the vDSO keeps its contract (vdso(7)): found by its ELF headers alone, it tells the same
 * time as the system calls, and never an earlier one, on any CPU.
 *
 * An ordinary Linux program; prints one line for each promise. Where the kernel counts system calls
 * (/proc/syscalls), that telling the time makes none is a promise too.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <pthread.h>
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

static const void *dynamic_find(Elf64_Sxword tag)
{
	const Elf64_Ehdr *header = (const void *)base;
	const Elf64_Phdr *segment = (const void *)(base + header->e_phoff);

	for (int i = 0; i < header->e_phnum; i++) {
		if (segment[i].p_type == PT_DYNAMIC) {
			const Elf64_Dyn *d = (const void *)(base + segment[i].p_vaddr);

			for (; d->d_tag != DT_NULL; d++) {
				if (d->d_tag == tag) {
					return base + d->d_un.d_ptr;
				}
			}
		}
	}
	return NULL;
}

/* Whether the version with this index is called LINUX_2.6. */
static int is_version(unsigned index)
{
	const char *at = dynamic_find(DT_VERDEF), *strings = dynamic_find(DT_STRTAB);

	for (;;) {
		const Elf64_Verdef *v = (const void *)at;
		const Elf64_Verdaux *name = (const void *)(at + v->vd_aux);

		if (v->vd_ndx == (index & 0x7fff) && !(v->vd_flags & VER_FLG_BASE)) {
			return !strcmp(strings + name->vda_name, "LINUX_2.6");
		}
		if (!v->vd_next) {
			return 0;
		}
		at += v->vd_next;
	}
}

static void *symbol_find(const char *name)
{
	const Elf64_Sym *symbols = dynamic_find(DT_SYMTAB);
	const Elf64_Word *hash = dynamic_find(DT_HASH);
	const Elf64_Half *versions = dynamic_find(DT_VERSYM);
	const char *strings = dynamic_find(DT_STRTAB);

	if (!symbols || !hash || !versions || !strings) {
		return NULL;
	}
	for (Elf64_Word i = 1; i < hash[1]; i++) {
		if (!strcmp(strings + symbols[i].st_name, name) && is_version(versions[i])) {
			return (void *)(base + symbols[i].st_value);
		}
	}
	return NULL;
}

static int object_find(void)
{
	const Elf64_Ehdr *header;

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
		vdso_getcpu && symbol_find("clock_gettime") && symbol_find("gettimeofday");
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

static int is_free_of_syscalls(void)
{
	long before = syscalls_made("clock_gettime") + syscalls_made("gettimeofday") +
		syscalls_made("time"),
	     after;
	struct timeval t;

	for (int i = 0; i < ROUNDS; i++) {
		by_vdso(CLOCK_MONOTONIC);
		by_vdso(CLOCK_REALTIME);
		vdso_gettimeofday(&t, NULL);
		vdso_time(NULL);
	}
	after = syscalls_made("clock_gettime") + syscalls_made("gettimeofday") +
		syscalls_made("time");
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
	return 0;
}
