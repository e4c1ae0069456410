/*
 * talk.c - a talk with a guest by the file in dom0 that is behind its disk, when its console may be off and its store
 * gone. The first block says what the guest is to look for; from the ninth on the guest writes its report.
 *
 * Both have a number, that of the attack. A report is there when it has its last line: `end NUMBER`.
 */
#include "rogue.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <unistd.h>

enum { BLOCK = 512, REPORT_PLACE = 8 * BLOCK, REPORT_MAX = 60 << 10 };

enum {
	/* Without a write for so long the report is whole: its blocks come in any order. */
	QUIET_MS = 100,
	/* A loop device's driver tells of what it writes; but that is not promised. */
	LOOK_MS = 2000,
};

void talk_order(const char *path, unsigned number, const char *text)
{
	char block[BLOCK];
	int len = snprintf(block, sizeof(block), "%u\n%s\n", number, text);
	int file = open(path, O_WRONLY);

	if (len >= BLOCK) {
		give_up("too much for a block: \"%s\"", text);
	}
	/* Lines to its end: a shell reads it. */
	memset(block + len, '\n', sizeof(block) - (size_t)len);
	if (file < 0 || pwrite(file, block, sizeof(block), 0) != (ssize_t)sizeof(block)) {
		give_up("%s cannot be written", path);
	}
	close(file);
}

/* Where the report ends, or NULL. */
static const char *report_end(const char *report, unsigned number)
{
	char begin[32], end[32];
	const char *found;

	snprintf(begin, sizeof(begin), "report %u\n", number);
	snprintf(end, sizeof(end), "\nend %u\n", number);
	found = strncmp(report, begin, strlen(begin)) ? NULL : strstr(report, end);
	return found ? found + strlen(end) : NULL;
}

void talk_report(const char *path, unsigned number, unsigned seconds)
{
	static char report[REPORT_MAX + 1];
	static _Alignas(struct inotify_event) char events[4096];
	long until = clock_ms() + seconds * 1000L;
	int file = open(path, O_RDONLY);
	const char *end;
	bool is_quiet;
	struct pollfd watch = { .fd = inotify_init1(IN_CLOEXEC), .events = POLLIN };

	if (file < 0 || inotify_add_watch(watch.fd, path, IN_MODIFY) < 0) {
		give_up("%s cannot be looked at", path);
	}
	do {
		ssize_t len = pread(file, report, REPORT_MAX, REPORT_PLACE);

		report[len > 0 ? len : 0] = '\0';
		end = report_end(report, number);
		is_quiet = poll(&watch, 1, end ? QUIET_MS : LOOK_MS) == 0;
		if (!is_quiet && read(watch.fd, events, sizeof(events)) < 0) {
			give_up("%s cannot be looked at", path);
		}
	} while (!(end && is_quiet) && clock_ms() < until);
	if (end) {
		fwrite(report, 1, (size_t)(end - report), stdout);
	}
	close(watch.fd);
	close(file);
}
