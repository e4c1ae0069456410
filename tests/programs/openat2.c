/* openat2.c - openat2(): what a path may not lead through, and what is refused that openat() lets pass. */
#include <linux/fcntl.h>
#include <string.h>
#include "call.h"

enum { NO_XDEV = 1, NO_MAGICLINKS = 2, NO_SYMLINKS = 4, BENEATH = 8, IN_ROOT = 16, CACHED = 32 };

static struct linux_open_how how(long flags, long mode, long resolve)
{
	return (struct linux_open_how){ (uint64_t)flags, (uint64_t)mode, (uint64_t)resolve };
}

static long at(int dir, const char *path, long flags, long mode, long resolve)
{
	struct linux_open_how h = how(flags, mode, resolve);
	long fd = call(openat2, dir, path, &h, sizeof(h));

	if (fd >= 0) {
		call(close, (int)fd);
		return 0;
	}
	return fd;
}

static void tree(void)
{
	long fd;

	call(mkdir, "d", 0755);
	call(mkdir, "d/e", 0755);
	fd = call(openat, AT_FDCWD, "d/f", O_CREAT | O_RDWR, 0644);
	call(close, (int)fd);
	fd = call(openat, AT_FDCWD, "outside", O_CREAT | O_RDWR, 0644);
	call(close, (int)fd);
	call(symlink, "f", "d/link");
	call(symlink, "/f", "d/absolute");
	call(symlink, "../outside", "d/up");
	call(symlink, "../f", "d/e/up");
	call(symlink, "/", "d/root");
	call(symlink, "e", "d/folder");
}

static void paths(const char *what, long resolve)
{
	static const char *const names[] = { "f", "e/../f", "link", "e/up", "absolute", "up",
		"../outside", "../d/f", "/f", "/", ".", "..", "root", "root/f", "folder",
		"folder/up", "folder/../f", "nothing", "e/..", "../../../../../../f" };
	int dir = (int)call(openat, AT_FDCWD, "d", O_PATH | O_DIRECTORY, 0);
	char text[80];

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(text, sizeof(text), "%s %s", what, names[i]);
		say(text, at(dir, names[i], O_PATH, 0, resolve));
	}
	call(close, dir);
}

static void refused(void)
{
	struct linux_open_how h = how(0, 0, 0);
	struct {
		struct linux_open_how how;
		uint64_t more;
	} larger = { h, 0 };

	say("too small", call(openat2, AT_FDCWD, ".", &h, 16l));
	say("nothing", call(openat2, AT_FDCWD, ".", &h, 0l));
	say("huge", call(openat2, AT_FDCWD, ".", &h, 5000l));
	say("from nowhere", call(openat2, AT_FDCWD, ".", 8l, sizeof(h)));
	say("larger, of zeroes", call(openat2, AT_FDCWD, ".", &larger, sizeof(larger)) > 0);
	larger.more = 1;
	say("larger", call(openat2, AT_FDCWD, ".", &larger, sizeof(larger)));
	say("unknown flag", at(AT_FDCWD, ".", 1l << 31, 0, 0));
	say("unknown way", at(AT_FDCWD, ".", 0, 0, 64));
	say("a mode for nothing", at(AT_FDCWD, ".", 0, 0644, 0));
	say("a mode too large", at(AT_FDCWD, "new", O_CREAT | O_RDWR, 010000, 0));
	say("made", at(AT_FDCWD, "new", O_CREAT | O_RDWR, 0600, 0));
	say("path and write", at(AT_FDCWD, "new", O_PATH | O_RDWR, 0, 0));
	say("path", at(AT_FDCWD, "new", O_PATH | O_CLOEXEC, 0, 0));
	say("beneath and in root", at(AT_FDCWD, "new", 0, 0, BENEATH | IN_ROOT));
	say("cached, made", at(AT_FDCWD, "new", O_CREAT, 0600, CACHED));
	say("bad descriptor", at(99, "new", 0, 0, 0));
	say("no folder", at(1, "new", 0, 0, 0));
	say("bad path", call(openat2, AT_FDCWD, 8l, &h, sizeof(h)));
}

int main(void)
{
	int dir;

	tree();
	refused();
	paths("free", 0);
	paths("beneath", BENEATH);
	paths("in root", IN_ROOT);
	paths("no symlinks", NO_SYMLINKS);
	paths("no magic links", NO_MAGICLINKS);
	dir = (int)call(openat, AT_FDCWD, "d", O_PATH | O_DIRECTORY, 0);
	say("make beneath", at(dir, "e/made", O_CREAT | O_RDWR, 0600, BENEATH));
	say("make outside", at(dir, "../made", O_CREAT | O_RDWR, 0600, BENEATH));
	say("make outside by a link", at(dir, "up", O_CREAT | O_RDWR, 0600, BENEATH));
	say("make in root", at(dir, "/e/made2", O_CREAT | O_RDWR, 0600, IN_ROOT));
	say("it is there", at(AT_FDCWD, "d/e/made2", 0, 0, 0));
	say("the link itself", at(dir, "link", O_PATH | O_NOFOLLOW, 0, NO_SYMLINKS));
	say("the link", at(dir, "link", O_NOFOLLOW, 0, NO_SYMLINKS));
	say("a link of /proc", at(AT_FDCWD, "/proc/self/exe", O_PATH, 0, 0));
	say("a link of /proc, magic", at(AT_FDCWD, "/proc/self/exe", O_PATH, 0, NO_MAGICLINKS));
	say("self is none", at(AT_FDCWD, "/proc/self/stat", O_PATH, 0, NO_MAGICLINKS));
	say("into another file system", at(AT_FDCWD, "/proc/self/stat", O_PATH, 0, NO_XDEV));
	dir = (int)call(openat, AT_FDCWD, "/proc", O_PATH | O_DIRECTORY, 0);
	say("within it", at(dir, "self/stat", O_PATH, 0, NO_XDEV));
	say("out of it", at(dir, "..", O_PATH, 0, NO_XDEV));
	say("out of it by a link", at(dir, "self/exe", O_PATH, 0, NO_XDEV));
	say("beneath, by a link to a file", at(dir, "self/exe", O_PATH, 0, BENEATH));
	return 0;
}
