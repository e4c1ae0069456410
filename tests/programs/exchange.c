/* Two names that change places: renameat2(RENAME_EXCHANGE). */
#include "oracle.h"

#define NOREPLACE 1
#define EXCHANGE  2
#define MOVES	  0xc0 /* IN_MOVED_FROM, IN_MOVED_TO */

struct event {
	int wd;
	unsigned mask, cookie, len;
	char name[];
};

static int exchange(const char *a, const char *b)
{
	return (int)syscall(SYS_renameat2, AT_FDCWD, a, AT_FDCWD, b, EXCHANGE);
}

static void show_kind(const char *name)
{
	char target[64];
	struct stat st;
	ssize_t len;

	if (lstat(name, &st)) {
		printf("%s: %s\n", name, oracle_error(errno));
	} else if (S_ISDIR(st.st_mode)) {
		printf("%s: folder\n", name);
	} else if (S_ISLNK(st.st_mode)) {
		len = readlink(name, target, sizeof(target));
		printf("%s: to %.*s\n", name, (int)len, target);
	} else {
		file_show(name);
	}
}

static void tree(void)
{
	mkdir("d", 0755);
	mkdir("d/in", 0755);
	mkdir("e", 0755);
	mkdir("e/deep", 0755);
	mkdir("e/deep/er", 0755);
	close(file_make("a", "first"));
	close(file_make("b", "second"));
	close(file_make("d/f", "in d"));
	close(file_make("e/deep/g", "in deep"));
	symlink("target", "l");
}

static void files(void)
{
	int fd = open("a", O_RDWR);
	struct stat before, after;

	fstat(fd, &before);
	TRY(exchange("a", "b"));
	show_kind("a");
	show_kind("b");
	stat("b", &after);
	printf("same file: %d, links %d\n", before.st_ino == after.st_ino, (int)after.st_nlink);
	write(fd, "FIRST", 5);
	show_kind("b");
	TRY(exchange("a", "l"));
	show_kind("a");
	show_kind("l");
	TRY(exchange("a", "l"));
	TRY(link("a", "a2"));
	TRY(exchange("a", "a2"));
	show_kind("a2");
	TRY(exchange("a", "a"));
	TRY(unlink("a2"));
	close(fd);
}

static void folders(void)
{
	char where[256];

	TRY(exchange("a", "d"));
	show_kind("a/f");
	show_kind("d");
	TRY(exchange("d", "a"));
	TRY(exchange("d/in", "e/deep"));
	show_kind("d/in/g");
	show_kind("e/deep/g");
	TRY(chdir("d/in/er"));
	getcwd(where, sizeof(where));
	printf("%s\n", strstr(where, "/d/"));
	TRY(exchange("../../../d/in", "../../../e/deep"));
	getcwd(where, sizeof(where));
	printf("%s\n", strstr(where, "/e/"));
	show_kind("../g");
	TRY(chdir("../../.."));
	TRY(exchange("d/f", "e/deep"));
	show_kind("d/f/g");
	show_kind("e/deep");
	TRY(rmdir("d/f/er"));
	TRY(exchange("d/f/g", "e/deep"));
	show_kind("e/deep");
	show_kind("d/f/g");
}

static void refused(void)
{
	TRY(exchange("a", "missing"));
	TRY(exchange("missing", "a"));
	TRY(exchange("d", "d/in"));
	TRY(exchange("d/in", "d"));
	TRY(exchange("a/", "d"));
	TRY(exchange("a", "d/"));
	TRY(exchange("a", "d"));
	TRY(exchange("a/", "d"));
	TRY(exchange("a", "d"));
	TRY(exchange("d", "."));
	TRY(exchange("..", "d"));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", EXCHANGE | NOREPLACE));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "a", AT_FDCWD, "b", 64));
	TRY(syscall(SYS_renameat2, 99, "a", AT_FDCWD, "b", EXCHANGE));
}

static void told(void)
{
	char buf[1024];
	int fd = (int)syscall(SYS_inotify_init1, O_NONBLOCK);
	ssize_t len, at = 0;

	syscall(SYS_inotify_add_watch, fd, ".", MOVES);
	TRY(exchange("a", "d"));
	len = read(fd, buf, sizeof(buf));
	while (at < len) {
		const struct event *event = (const struct event *)(buf + at);

		printf("event %x %s\n", event->mask, event->name);
		at += (ssize_t)(sizeof(*event) + event->len);
	}
	close(fd);
}

int main(void)
{
	tree();
	files();
	folders();
	refused();
	told();
	return 0;
}
