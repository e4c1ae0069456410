/* splice.c - splice, tee and vmsplice: what moves, what stays, who waits, and every refusal. */
#include "call.h"

enum { NONBLOCK = 2, O_NONBLOCK_ = 04000, APPEND = 02000 };

static void show(const char *what, int fd)
{
	char text[100] = "";
	long n = call(read, fd, text, 99l);

	if (n < 0) {
		say(what, n);
	} else {
		printf("%s: %ld '%s'\n", what, n, text);
		fflush(stdout);
	}
}

static void put(int fd, const char *text)
{
	long n = 0;

	while (text[n]) {
		n++;
	}
	call(write, fd, text, n);
}

static void unread(const char *what, int fd)
{
	int n = -1;

	call(ioctl, fd, 0x541b, &n);
	say(what, n);
}

static void refusals(int file)
{
	int a[2], b[2], append = (int)call(open, "other", 0102 | APPEND, 0600);
	int64_t offset = 0, wrong = -1;

	call(pipe, a);
	call(pipe, b);
	put(a[1], "text");
	say("nothing", call(splice, 999, 0l, 998, 0l, 0l, 0));
	say("flags", call(splice, a[0], 0l, b[1], 0l, 1l, 16));
	say("closed", call(splice, 999, 0l, b[1], 0l, 1l, 0));
	say("wrong end in", call(splice, a[1], 0l, b[1], 0l, 1l, 0));
	say("wrong end out", call(splice, a[0], 0l, b[0], 0l, 1l, 0));
	say("no pipe", call(splice, file, 0l, append, 0l, 1l, 0));
	say("offset of a pipe", call(splice, a[0], &offset, b[1], 0l, 1l, 0));
	say("offset of the other", call(splice, a[0], 0l, b[1], &offset, 1l, 0));
	say("one pipe", call(splice, a[0], 0l, a[1], 0l, 1l, 0));
	say("append", call(splice, a[0], 0l, append, 0l, 1l, 0));
	say("offset from nowhere", call(splice, file, 8l, b[1], 0l, 1l, 0));
	say("negative offset", call(splice, file, &wrong, b[1], 0l, 1l, 0));
	say("tee nothing", call(tee, 999, 998, 0l, 0));
	say("tee flags", call(tee, a[0], b[1], 0l, 16));
	say("tee closed", call(tee, 999, b[1], 1l, 0));
	say("tee file", call(tee, file, b[1], 1l, 0));
	say("tee one pipe", call(tee, a[0], a[1], 1l, 0));
	say("tee wrong end", call(tee, a[1], b[1], 1l, 0));
	say("vmsplice closed", call(vmsplice, 999, 0l, 0l, 0));
	say("vmsplice file", call(vmsplice, file, 0l, 0l, 0));
	say("vmsplice flags", call(vmsplice, a[1], 0l, 0l, 16));
	say("vmsplice none", call(vmsplice, a[1], 0l, 0l, 0));
	say("vmsplice many", call(vmsplice, a[1], 0l, 2000l, 0));
	show("all is there", a[0]);
	say("empty, impatient", call(splice, a[0], 0l, b[1], 0l, 1l, NONBLOCK));
	call(fcntl, a[0], 4, (long)O_NONBLOCK_);
	say("empty, not to wait", call(splice, a[0], 0l, b[1], 0l, 1l, 0));
	say("tee, impatient", call(tee, a[0], b[1], 1l, NONBLOCK));
	call(close, a[1]);
	say("at the end", call(splice, a[0], 0l, b[1], 0l, 1l, 0));
	say("tee at the end", call(tee, a[0], b[1], 1l, 0));
	say("file at the end", call(splice, a[0], 0l, file, 0l, 1l, 0));
}

static void moving(int file)
{
	int a[2], b[2];
	int64_t offset = 2, end = 0;

	call(pipe, a);
	call(pipe, b);
	put(a[1], "one two three");
	say("tee", call(tee, a[0], b[1], 7l, 0));
	show("the copy", b[0]);
	unread("all is still there", a[0]);
	say("pipe to pipe", call(splice, a[0], 0l, b[1], 0l, 4l, 0));
	say("more than there is", call(splice, a[0], 0l, b[1], 0l, 400l, 0));
	show("moved", b[0]);
	unread("nothing left", a[0]);
	put(a[1], "ABCDEF");
	say("pipe to file, at an offset", call(splice, a[0], 0l, file, &offset, 4l, 0));
	say("offset moved", offset);
	say("position did not", call(lseek, file, 0l, 1));
	say("pipe to file", call(splice, a[0], 0l, file, 0l, 99l, 0));
	say("position did", call(lseek, file, 0l, 1));
	say("file to pipe, at an offset", call(splice, file, &end, a[1], 0l, 99l, 0));
	say("offset moved", end);
	show("what is in it", a[0]);
	say("file to pipe, at its end", call(splice, file, &end, a[1], 0l, 99l, 0));
	call(lseek, file, 1l, 0);
	say("file to pipe", call(splice, file, 0l, a[1], 0l, 2l, 0));
	say("position", call(lseek, file, 0l, 1));
	show("part of it", a[0]);
}

static char block[70000];

static void waiting(void)
{
	int a[2], b[2];
	struct {
		void *base;
		unsigned long len;
	} v[2] = { { (void *)"hello ", 6 }, { (void *)"world", 5 } };

	call(pipe, a);
	call(pipe, b);
	child_when_asleep(put(a[1], "late"));
	say("waits for bytes", call(splice, a[0], 0l, b[1], 0l, 99l, 0));
	child_end();
	show("they came", b[0]);
	child_when_asleep(put(a[1], "late"));
	say("tee waits too", call(tee, a[0], b[1], 99l, 0));
	child_end();
	show("copy", b[0]);
	show("original", a[0]);
	say("vmsplice", call(vmsplice, a[1], v, 2l, 0));
	show("from memory", a[0]);
	put(a[1], "to memory");
	v[0].base = block;
	say("vmsplice back", call(vmsplice, a[0], v, 1l, 0));
	printf("%s\n", block);
	fflush(stdout);
	show("the rest", a[0]);
	call(fcntl, b[1], 4, (long)O_NONBLOCK_);
	say("filled", call(write, b[1], block, 70000l));
	put(a[1], "more");
	say("no room, impatient", call(splice, a[0], 0l, b[1], 0l, 4l, NONBLOCK));
	call(fcntl, b[1], 4, 0l);
	child_when_asleep(call(read, b[0], block, 70000l));
	say("waits for room", call(splice, a[0], 0l, b[1], 0l, 4l, 0));
	child_end();
	show("after the rest", b[0]);
}

static void nobody_reads(int file)
{
	int a[2], b[2];
	struct {
		void *handler;
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} ignore = { (void *)1, 0, 0, 0 };
	int64_t offset = 0;

	call(rt_sigaction, 13, &ignore, 0l, 8l);
	call(pipe, a);
	call(pipe, b);
	call(close, b[0]);
	put(a[1], "text");
	say("pipe to broken pipe", call(splice, a[0], 0l, b[1], 0l, 4l, 0));
	say("tee to broken pipe", call(tee, a[0], b[1], 4l, 0));
	say("file to broken pipe", call(splice, file, &offset, b[1], 0l, 4l, 0));
	show("nothing was lost", a[0]);
}

int main(void)
{
	int file = (int)call(open, "file", 0102, 0600);

	put(file, "0123456789");
	refusals(file);
	call(lseek, file, 0l, 0);
	moving(file);
	waiting();
	nobody_reads(file);
	return 0;
}
