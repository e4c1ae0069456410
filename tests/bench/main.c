/*
 * main.c - runs the rows and reports raw samples, as a process of Linux or of a guest's.
 *
 *     bench [samples=N] [share=PERCENT] [ROW...]
 *
 * The same words can stand in /etc/bench, where there is nobody to type them: as process 1 the
 * program finds its surroundings, measures, prints a verdict and switches the machine off.
 * `share` scales the operations of a sample. Rows are chosen by how their names begin; without
 * any, all are run. What it prints, for tools/bench:
 *
 *     bench: start T             time stamp of main()'s first instructions
 *     bench: mark T0 T1          a CPUID instruction with leaf MARK_LEAF was between them
 *     bench: row NAME COUNT      operations in each of its samples
 *     bench: sample T0 T1
 *     bench: overhead T0 T1      the same without what is measured
 *     bench: own NAME CALLS ENTRIES   what the kernel itself counted over all samples, if it does
 *     bench: clock TICKS NS      time stamps and nanoseconds of the whole run
 */
#include "bench.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define WORDS_MAX    64
#define SAMPLES_MAX  100
#define OVERHEAD_MAX 3
#define COUNTERS_MAX 64
#define COUNTERS     "/proc/paravane/hypercalls"
#define MARK_LEAF    0x5a5a5a5a
#define ROUND	     16u     /* whole rounds of every ring */
#define SETTLE_USEC  100000u /* whoever shows what was printed shall be done with it */
#define CALM_SEC     3 /* after the boot: whoever made the domain has other things to finish */

static const struct row *const tables[] = { rows_calls, rows_processes, rows_memory, rows_pipes,
	rows_switches };

static unsigned samples = 7, share = 100;
static const char *words[WORDS_MAX];
static unsigned word_count;

void require(int good, const char *what)
{
	if (!good) {
		printf("bench: failed: %s\n", what);
		fflush(stdout);
		if (getpid() == 1) {
			reboot(RB_POWER_OFF);
		}
		exit(1);
	}
}

/* ---- the kernel's own counters ------------------------------------------- */

struct counter {
	char name[40];
	unsigned long calls, entries;
};

struct counters {
	struct counter list[COUNTERS_MAX];
	unsigned count;
};

static int counters_fd = -1;

static void counters_read(struct counters *c)
{
	static char text[8192];
	ssize_t len;

	c->count = 0;
	if (counters_fd < 0 || lseek(counters_fd, 0, SEEK_SET) < 0) {
		return;
	}
	len = read(counters_fd, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	for (char *line = strtok(text, "\n"); line && c->count < COUNTERS_MAX;
		line = strtok(NULL, "\n")) {
		struct counter *one = &c->list[c->count];

		if (sscanf(line, "%39s %lu %lu", one->name, &one->calls, &one->entries) == 3) {
			c->count++;
		}
	}
}

/* A counter that is not there before has been 0. */
static struct counter earlier(const struct counters *c, const char *name)
{
	for (unsigned i = 0; i < c->count; i++) {
		if (!strcmp(c->list[i].name, name)) {
			return c->list[i];
		}
	}
	return (struct counter){ .calls = 0 };
}

static void counters_report(const struct counters *before, const struct counters *after)
{
	for (unsigned i = 0; i < after->count; i++) {
		const struct counter *now = &after->list[i];
		struct counter was = earlier(before, now->name);

		if (now->calls != was.calls || now->entries != was.entries) {
			printf("bench: own %s %lu %lu\n", now->name, now->calls - was.calls,
				now->entries - was.entries);
		}
	}
}

/* ---- rows ------------------------------------------------------------------ */

struct sample {
	uint64_t from, to;
};

static struct sample taken(
	void (*run)(const struct row *row, unsigned count), const struct row *row, unsigned count)
{
	struct sample s;

	s.from = time_stamp();
	run(row, count);
	s.to = time_stamp();
	return s;
}

static void samples_print(const char *what, const struct sample *list, unsigned count)
{
	for (unsigned i = 0; i < count; i++) {
		printf("bench: %s %llu %llu\n", what, (unsigned long long)list[i].from,
			(unsigned long long)list[i].to);
	}
}

static void row_run(const struct row *row)
{
	static struct counters before, after;
	static struct sample list[SAMPLES_MAX], overhead[OVERHEAD_MAX];
	unsigned count = row->count * share / 100;
	unsigned overheads = row->overhead ? OVERHEAD_MAX : 0;

	count = count ? count : 1;
	count = row->processes ? (count + ROUND - 1) / ROUND * ROUND : count;
	if (row->begin) {
		row->begin(row);
	}
	row->run(row, count / 4 + 1); /* caches, tables, the heap: warm */
	for (unsigned i = 0; i < overheads; i++) {
		overhead[i] = taken(row->overhead, row, count);
	}
	counters_read(&before);
	for (unsigned i = 0; i < samples; i++) {
		list[i] = taken(row->run, row, count);
	}
	counters_read(&after);
	if (row->end) {
		row->end(row);
	}
	printf("bench: row %s %u\n", row->name, count);
	samples_print("sample", list, samples);
	samples_print("overhead", overhead, overheads);
	counters_report(&before, &after);
	fflush(stdout);
	usleep(SETTLE_USEC);
}

static int is_wanted(const struct row *row)
{
	for (unsigned i = 0; i < word_count; i++) {
		if (!strncmp(row->name, words[i], strlen(words[i]))) {
			return 1;
		}
	}
	return !word_count;
}

/* What the counters' reading itself costs is a row without operations. */
static void nothing(const struct row *row, unsigned count)
{
}

static void rows_run(void)
{
	static const struct row empty = { .name = "nothing", .count = 1, .run = nothing };

	row_run(&empty);
	for (unsigned t = 0; t < sizeof(tables) / sizeof(tables[0]); t++) {
		for (const struct row *row = tables[t]; row->name; row++) {
			if (is_wanted(row)) {
				row_run(row);
			}
		}
	}
}

/* ---- start and end --------------------------------------------------------- */

static void word_take(char *word)
{
	if (!strncmp(word, "samples=", 8)) {
		samples = (unsigned)atoi(word + 8);
		require(samples >= 1 && samples <= SAMPLES_MAX, "samples: 1 to 100");
	} else if (!strncmp(word, "share=", 6)) {
		share = (unsigned)atoi(word + 6);
	} else if (word_count < WORDS_MAX) {
		words[word_count++] = word;
	}
}

static void file_words_take(void)
{
	static char text[1024];
	int fd = open("/etc/bench", O_RDONLY);
	ssize_t len = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0) {
		close(fd);
	}
	text[len > 0 ? len : 0] = '\0';
	for (char *word = strtok(text, " \n"); word; word = strtok(NULL, " \n")) {
		word_take(word);
	}
}

/* Of Linux nothing is there before it is mounted; elsewhere it is there already. */
static void surroundings_find(void)
{
	if (access("/dev/null", F_OK)) {
		mkdir("/dev", 0755);
		mount("dev", "/dev", "devtmpfs", 0, "");
	}
}

static void mark_print(void)
{
	struct sample mark = { .from = time_stamp() };
	uint32_t leaf = MARK_LEAF, ignored;

	__asm__ volatile("cpuid" : "+a"(leaf), "=b"(ignored), "=c"(ignored), "=d"(ignored));
	mark.to = time_stamp();
	samples_print("mark", &mark, 1);
}

int main(int argc, char **argv)
{
	uint64_t start = time_stamp(), ticks;
	struct timespec from, to;
	int is_init = getpid() == 1;

	printf("bench: start %llu\n", (unsigned long long)start);
	for (int i = 1; i < argc && !is_init; i++) {
		word_take(argv[i]);
	}
	if (is_init) {
		surroundings_find();
		file_words_take();
		sleep(CALM_SEC);
	}
	mark_print();
	counters_fd = open(COUNTERS, O_RDONLY);
	clock_gettime(CLOCK_MONOTONIC, &from);
	ticks = time_stamp();
	rows_run();
	clock_gettime(CLOCK_MONOTONIC, &to);
	ticks = time_stamp() - ticks;
	printf("bench: clock %llu %lld\n", (unsigned long long)ticks,
		(to.tv_sec - from.tv_sec) * 1000000000ll + (to.tv_nsec - from.tv_nsec));
	printf("verdict: 0\n");
	fflush(stdout);
	if (is_init) {
		reboot(RB_POWER_OFF);
	}
	return 0;
}
