/* inotify.c - what is told of files and folders, in which order, and every refusal. */
#include "call.h"

enum { NONBLOCK = 04000, CLOEXEC = 02000000 };
enum {
	ACCESS = 1,
	MODIFY = 2,
	ATTRIB = 4,
	OPEN = 0x20,
	CREATE = 0x100,
	DELETE = 0x200,
	ALL = 0xfff
};
#define ONLYDIR	   0x01000000
#define DONTFOLLOW 0x02000000
#define MASKCREATE 0x10000000
#define MASKADD	   0x20000000
#define ONESHOT	   0x80000000l

static int in;

static void tell(const char *what)
{
	static const char *const names[] = { "access", "modify", "attrib", "close_write",
		"close_nowrite", "open", "moved_from", "moved_to", "create", "delete",
		"delete_self", "move_self" };
	char buf[4096];
	long n = call(read, in, buf, 4096l);
	unsigned cookie = 0;

	printf("%s:%s\n", what, n < 0 ? " nothing" : "");
	for (long at = 0; at < n;) {
		struct {
			int wd;
			unsigned mask, cookie, len;
			char name[];
		} *e = (void *)(buf + at);

		printf("  %d", e->wd);
		for (int i = 0; i < 12; i++) {
			if (e->mask >> i & 1) {
				printf(" %s", names[i]);
			}
		}
		printf("%s%s%s%s len %u%s\n", e->mask & 0x8000 ? " ignored" : "",
			e->mask & 0x40000000 ? " folder" : "", e->len ? " " : "",
			e->len ? e->name : "", e->len,
			e->cookie ? e->cookie == cookie ? " same cookie" : " cookie" : "");
		cookie = e->cookie ? e->cookie : cookie;
		at += 16 + e->len;
	}
	fflush(stdout);
}

static void make(const char *name)
{
	call(close, (int)call(open, name, 0102, 0600));
}

static void refusals(void)
{
	int file = (int)call(open, "file", 0102, 0600);
	char small[8];

	say("flags", call(inotify_init1, 1));
	in = (int)call(inotify_init1, NONBLOCK | CLOEXEC);
	say("close on exec", call(fcntl, in, 1, 0l));
	say("status", call(fcntl, in, 3, 0l) & ~0100000l);
	say("no mask", call(inotify_add_watch, in, "file", 0));
	say("mask of no bits", call(inotify_add_watch, in, "file", 0x800000));
	say("closed", call(inotify_add_watch, 999, "file", ALL));
	say("not inotify", call(inotify_add_watch, file, "file", ALL));
	say("no file", call(inotify_add_watch, in, "nothing", ALL));
	say("no name", call(inotify_add_watch, in, 0l, ALL));
	say("only a folder", call(inotify_add_watch, in, "file", ALL | ONLYDIR));
	say("two wishes", call(inotify_add_watch, in, "file", ALL | MASKADD | MASKCREATE));
	say("remove none", call(inotify_rm_watch, in, 99));
	say("remove from closed", call(inotify_rm_watch, 999, 1));
	say("remove from a file", call(inotify_rm_watch, file, 1));
	say("nothing to read", call(read, in, small, 8l));
	say("write", call(write, in, small, 8l));
	say("watch", call(inotify_add_watch, in, "file", OPEN));
	say("watch again", call(inotify_add_watch, in, "file", ALL));
	say("make a watch", call(inotify_add_watch, in, "file", ALL | MASKCREATE));
	call(close, file);
	say("small read", call(read, in, small, 8l));
	tell("closed");
	say("remove", call(inotify_rm_watch, in, 1));
	tell("removed");
	call(unlink, "file");
}

static void a_file(void)
{
	int fd, wd, n = -1;
	char c;
	struct span now[2] = { { 5, 0 }, { 6, 0x3ffffffe } };

	make("file");
	wd = (int)call(inotify_add_watch, in, "file", ALL);
	say("watch", wd);
	fd = (int)call(open, "file", 2);
	tell("open");
	call(write, fd, "a", 1l);
	call(write, fd, "b", 1l);
	call(pread64, fd, &c, 1l, 0ll);
	call(ftruncate, fd, 1ll);
	call(fchmod, fd, 0640);
	call(ioctl, fd, 0x541b, &n);
	tell("write twice, read, truncate, chmod");
	call(utimensat, -100, "file", now, 0);
	tell("access time");
	call(close, fd);
	call(chmod, "file", 0600);
	call(link, "file", "second");
	call(rename, "second", "third");
	tell("close, chmod, link, rename the link");
	call(close, (int)call(open, "file", 01));
	tell("open to write");
	call(ioctl, in, 0x541b, &n);
	say("unread", n);
	call(unlink, "third");
	tell("one name less");
	call(unlink, "file");
	tell("the last");
	say("the watch is gone", call(inotify_rm_watch, in, wd));
}

static void a_folder(void)
{
	int wd, other, fd;
	char buf[1024];

	call(mkdir, "folder", 0700);
	call(mkdir, "elsewhere", 0700);
	wd = (int)call(inotify_add_watch, in, "folder", ALL);
	make("folder/a");
	tell("create");
	fd = (int)call(open, "folder/a", 2);
	call(write, fd, "x", 1l);
	call(read, fd, buf, 1l);
	call(pread64, fd, buf, 1l, 0ll);
	call(close, fd);
	tell("use");
	call(mkdir, "folder/sub", 0700);
	call(symlink, "a", "folder/link");
	call(mknod, "folder/fifo", 010600, 0l);
	call(link, "folder/a", "folder/b");
	tell("make others");
	call(rename, "folder/a", "folder/c");
	tell("rename inside");
	call(rename, "folder/c", "elsewhere/c");
	tell("out of it");
	other = (int)call(inotify_add_watch, in, "elsewhere", ALL);
	printf("another: %d\n", other - wd);
	call(rename, "elsewhere/c", "folder/b");
	call(rename, "folder/b", "folder/d");
	tell("back, over another name of it");
	make("folder/e");
	make("folder/f");
	call(inotify_add_watch, in, "folder/f", ALL);
	tell("two more");
	call(rename, "folder/e", "folder/f");
	tell("one over the other");
	call(rename, "folder/sub", "elsewhere/sub");
	tell("a folder moves");
	fd = (int)call(open, "folder", 0);
	call(getdents64, fd, buf, 1024l);
	call(close, fd);
	tell("listed");
	call(unlink, "folder/f");
	call(rmdir, "elsewhere/sub");
	tell("removed");
	call(chmod, "folder", 0750);
	tell("chmod of the folder");
	call(unlink, "folder/d");
	call(unlink, "folder/link");
	call(unlink, "folder/fifo");
	call(unlink, "elsewhere/c");
	call(inotify_rm_watch, in, wd);
	tell("emptied");
	wd = (int)call(inotify_add_watch, in, "folder", ALL);
	call(rmdir, "folder");
	tell("folder removed");
}

static void masks(void)
{
	int wd;

	make("file");
	wd = (int)call(inotify_add_watch, in, "file", (int)(OPEN | ONESHOT));
	call(close, (int)call(open, "file", 0));
	call(close, (int)call(open, "file", 0));
	tell("one shot");
	wd = (int)call(inotify_add_watch, in, "file", OPEN);
	call(inotify_add_watch, in, "file", MODIFY);
	call(truncate, "file", 10ll);
	call(close, (int)call(open, "file", 0));
	tell("replaced");
	call(inotify_add_watch, in, "file", OPEN | MASKADD);
	call(truncate, "file", 10ll);
	call(close, (int)call(open, "file", 0));
	tell("added");
	call(inotify_rm_watch, in, wd);
	call(symlink, "file", "link");
	wd = (int)call(inotify_add_watch, in, "link", ATTRIB | DONTFOLLOW | DELETE | 0x400);
	call(unlink, "link");
	tell("a link itself");
}

static void waiting(void)
{
	struct {
		int fd;
		short events, ready;
	} p = { in, 1, 0 };

	call(mkdir, "waiting", 0700);
	call(inotify_add_watch, in, "waiting", CREATE);
	say("quiet", call(poll, &p, 1l, 0));
	child_when_asleep(make("waiting/for"));
	say("poll", call(poll, &p, 1l, -1));
	child_end();
	tell("came");
	call(fcntl, in, 4, 0l);
	child_when_asleep(make("waiting/again"));
	tell("waited");
	child_end();
}

int main(void)
{
	refusals();
	call(close, in);
	in = (int)call(inotify_init1, NONBLOCK);
	a_file();
	a_folder();
	masks();
	tell("all was told");
	waiting();
	return 0;
}
