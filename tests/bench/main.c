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
 *     bench: mark T0 T1          a CPUID instruction with leaf MARK_LEAF was between them; MARKS times
 *     bench: row NAME COUNT      operations in each of its samples
 *     bench: sample T0 T1
 *     bench: overhead T0 T1      the same without what is measured
 *     bench: counted T0 T1       of the sample of the same place: the moments between which the kernel counted
 *     bench: own NAME CALLS ENTRIES   what the kernel itself counted over all samples, if it does:
 *     bench: batch NAME N ENTRIES     hypercalls, and batches (docs/batch.md);
 *     bench: plain NAME N 0           and what needed none (arch/plain.h), where that is counted
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
#define COUNTERS_MAX 512
#define MARK_LEAF    0x5a5a5a5a
#define MARKS	     16
#define POWER_OFF    0x4321fedc /* reboot(2); C libraries have different names for it */
#define ROUND	     16u	/* whole rounds of every ring */
#define SETTLE_USEC  100000u	/* whoever shows what was printed shall be done with it */
#define CALM_SEC     3 /* after the boot: whoever made the domain has other things to finish */

static unsigned samples = 7, share = 100;
static const char *words[WORDS_MAX];
static unsigned word_count;

void require(int good, const char *what)
{
	if (!good) {
		printf("bench: failed: %s\n", what);
		fflush(stdout);
		if (getpid() == 1) {
			reboot(POWER_OFF);
		}
		exit(1);
	}
}

/* ---- the kernel's own counters ------------------------------------------- */

struct counter {
	char name[64];
	unsigned long calls, entries;
};

/* Of one file: counters as they were, as they are, and what was added in the samples so far; and when they were. */
static struct counters {
	const char *path, *kind;
	int fd;
	uint64_t when;
	struct counter before[COUNTERS_MAX], sum[COUNTERS_MAX];
	unsigned before_count, sum_count;
} counters[] = {
	{ .path = "/proc/paravane/hypercalls", .kind = "own" },
	{ .path = "/proc/paravane/batches", .kind = "batch" },
	{ .path = "/proc/paravane/plain", .kind = "plain" },
};

#define FILES (sizeof(counters) / sizeof(counters[0]))

static void counters_open(void)
{
	for (unsigned i = 0; i < FILES; i++) {
		counters[i].fd = open(counters[i].path, O_RDONLY);
	}
}

static unsigned counters_read(struct counters *c, struct counter *list)
{
	static char text[65536];
	unsigned count = 0;
	ssize_t len;

	if (c->fd < 0 || lseek(c->fd, 0, SEEK_SET) < 0) {
		return 0;
	}
	len = read(c->fd, text, sizeof(text) - 1);
	text[len > 0 ? len : 0] = '\0';
	for (char *line = strtok(text, "\n"); line && count < COUNTERS_MAX;
		line = strtok(NULL, "\n")) {
		struct counter *one = &list[count];
		unsigned long long when;

		if (sscanf(line, "time_stamp %llu", &when) == 1) {
			c->when = when;
		} else if (sscanf(line, "%63s %lu %lu", one->name, &one->calls, &one->entries) ==
			3) {
			count++;
		}
	}
	return count;
}

/* The counter of that name, NULL when there is none: it has been 0. */
static struct counter *find(struct counter *list, unsigned count, const char *name)
{
	for (unsigned i = 0; i < count; i++) {
		if (!strcmp(list[i].name, name)) {
			return &list[i];
		}
	}
	return NULL;
}

static void counters_begin(void)
{
	for (unsigned i = FILES; i--;) {
		counters[i].before_count = counters_read(&counters[i], counters[i].before);
	}
}

static void counter_add(struct counters *c, const struct counter *now)
{
	const struct counter *was = find(c->before, c->before_count, now->name);
	struct counter *sum = find(c->sum, c->sum_count, now->name);

	if (!sum && c->sum_count < COUNTERS_MAX) {
		sum = &c->sum[c->sum_count++];
		*sum = *now;
		sum->calls = sum->entries = 0;
	}
	if (sum) {
		sum->calls += now->calls - (was ? was->calls : 0);
		sum->entries += now->entries - (was ? was->entries : 0);
	}
}

/* Files are read in the other order than before: the hypercalls of a sample lie innermost. */
static void counters_end(void)
{
	static struct counter after[COUNTERS_MAX];

	for (unsigned i = 0; i < FILES; i++) {
		unsigned count = counters_read(&counters[i], after);

		for (unsigned k = 0; k < count; k++) {
			counter_add(&counters[i], &after[k]);
		}
	}
}

/* And begin anew. */
static void counters_report(void)
{
	for (unsigned i = 0; i < FILES; i++) {
		for (unsigned k = 0; k < counters[i].sum_count; k++) {
			const struct counter *sum = &counters[i].sum[k];

			if (sum->calls || sum->entries) {
				printf("bench: %s %s %lu %lu\n", counters[i].kind, sum->name,
					sum->calls, sum->entries);
			}
		}
		counters[i].sum_count = 0;
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

static void prepare(const struct row *row, unsigned count)
{
	if (row->prepare) {
		row->prepare(row, count);
	}
}

static void row_run(const struct row *row)
{
	static struct sample list[SAMPLES_MAX], counted[SAMPLES_MAX], overhead[OVERHEAD_MAX];
	struct sample now;
	uint64_t since;
	unsigned count = row->count * share / 100;
	unsigned overheads = row->overhead ? OVERHEAD_MAX : 0;

	count = count ? count : 1;
	count = row->processes ? (count + ROUND - 1) / ROUND * ROUND : count;
	if (row->begin) {
		row->begin(row);
	}
	prepare(row, count / 4 + 1);
	row->run(row, count / 4 + 1); /* caches, tables, the heap: warm */
	for (unsigned i = 0; i < overheads; i++) {
		overhead[i] = taken(row->overhead, row, count);
	}
	for (unsigned i = 0; i < samples; i++) {
		prepare(row, count);
		counters_begin();
		counters_begin(); /* what it writes to is its own again after a fork */
		since = counters->when;
		now = taken(row->run, row, count);
		counters_end();
		list[i] = now; /* not before: after a fork it may fault, and that would count */
		counted[i].from = since;
		counted[i].to = counters->when;
	}
	if (row->end) {
		row->end(row);
	}
	printf("bench: row %s %u\n", row->name, count);
	samples_print("sample", list, samples);
	samples_print("counted", counted, counters->when ? samples : 0);
	samples_print("overhead", overhead, overheads);
	counters_report();
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
	for (const struct row *const *table = row_tables; *table; table++) {
		for (const struct row *row = *table; row->name; row++) {
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

static void marks_print(void)
{
	struct sample marks[MARKS];

	for (unsigned i = 0; i < MARKS; i++) {
		uint32_t leaf = MARK_LEAF, ignored;

		marks[i].from = time_stamp();
		__asm__ volatile("cpuid" : "+a"(leaf), "=b"(ignored), "=c"(ignored), "=d"(ignored));
		marks[i].to = time_stamp();
	}
	samples_print("mark", marks, MARKS);
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
	marks_print();
	counters_open();
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
		reboot(POWER_OFF);
	}
	return 0;
}
