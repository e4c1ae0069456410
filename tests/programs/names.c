/* Names: folders, links, renaming, the current folder (kernel/sys/name.c, kernel/fs/lookup.c). */
#include "oracle.h"

static char buf[8192];

static void folders(void)
{
	TRY(mkdir("d", 0755));
	TRY(mkdir("d", 0755));
	TRY(mkdir("d/", 0755));
	TRY(mkdir("e/", 0755));
	TRY(mkdir("nothing/x", 0755));
	TRY(mkdir("", 0755));
	TRY(mkdir("/", 0755));
	TRY(mkdir(".", 0755));
	TRY(mkdir("d/..", 0755));
	TRY(mkdir(BAD_POINTER, 0755));
	TRY(mkdirat(AT_FDCWD, "d/sub", 0755));
	TRY(mkdirat(99, "d/sub2", 0755));
	TRY(rmdir("d"));
	TRY(rmdir("."));
	TRY(rmdir("d/."));
	TRY(rmdir("d/.."));
	TRY(rmdir("/"));
	TRY(rmdir("nothing"));
	TRY(rmdir("d/sub/"));
	close(file_make("file", "x"));
	TRY(rmdir("file"));
	TRY(mkdir("file/x", 0755));
	TRY(unlinkat(AT_FDCWD, "e", 0));
	TRY(unlinkat(AT_FDCWD, "e", AT_REMOVEDIR));
	TRY(unlinkat(AT_FDCWD, "file", AT_REMOVEDIR));
	TRY(unlinkat(AT_FDCWD, "file", 77));
}

static void removing(void)
{
	TRY(unlink("nothing"));
	TRY(unlink("d"));
	TRY(unlink("file/"));
	TRY(unlink(""));
	TRY(unlink(BAD_POINTER));
	TRY(unlink("file/x"));
	TRY(unlink("file"));
	TRY(unlink("file"));
}

static void links(void)
{
	struct stat st;

	close(file_make("a", "content"));
	TRY(link("a", "b"));
	TRY(link("a", "b"));
	TRY(link("nothing", "c"));
	TRY(link("d", "c"));
	TRY(link("a", "nothing/c"));
	TRY(link("a", BAD_POINTER));
	TRY(stat("a", &st));
	printf("links %lu\n", (unsigned long)st.st_nlink);
	TRY(symlink("a", "s"));
	TRY(symlink("a", "s"));
	TRY(symlink("", "empty"));
	TRY(symlink("nothing", "dangling"));
	TRY(symlink(BAD_POINTER, "x"));
	TRY(symlinkat("d", AT_FDCWD, "sd"));
	TRY(symlinkat("d", 99, "sd2"));
	TRY(readlink("s", buf, sizeof(buf)));
	TRY(readlink("dangling", buf, 3));
	printf("%.3s\n", buf);
	TRY(readlink("a", buf, 10));
	TRY(readlink("d", buf, 10));
	TRY(readlink("s", buf, 0));
	TRY(readlink("s", BAD_POINTER, 5));
	TRY(readlink("nothing", buf, 5));
	TRY(readlinkat(AT_FDCWD, "s", buf, 5));
	TRY(linkat(AT_FDCWD, "s", AT_FDCWD, "hard_of_link", 0));
	TRY(linkat(AT_FDCWD, "s", AT_FDCWD, "hard_of_target", AT_SYMLINK_FOLLOW));
	TRY(linkat(AT_FDCWD, "s", AT_FDCWD, "x", 0x77));
	TRY(lstat("hard_of_link", &st));
	TRY(S_ISLNK(st.st_mode));
	TRY(lstat("hard_of_target", &st));
	TRY(S_ISREG(st.st_mode));
	TRY(open("dangling", O_RDONLY));
	OK(open("dangling", O_CREAT | O_WRONLY, 0600));
	TRY(open("dangling", O_CREAT | O_EXCL | O_WRONLY, 0600));
	TRY(access("nothing", F_OK));
	TRY(mkdir("s", 0755));
	TRY(mkdir("sd/made", 0755));
	TRY(access("d/made", F_OK));
	TRY(rmdir("sd"));
	TRY(unlink("sd/"));
	OK(close_range(3, ~0u, 0));
}

static void renaming(void)
{
	int dir;

	close(file_make("r1", "one"));
	close(file_make("r2", "two"));
	TRY(rename("r1", "r2"));
	file_show("r2");
	TRY(access("r1", F_OK));
	TRY(rename("r1", "r2"));
	TRY(rename("r2", "r2"));
	TRY(mkdir("rd", 0755));
	TRY(mkdir("rd/inner", 0755));
	TRY(rename("rd", "rd/inner/x"));
	TRY(rename("rd", "r2"));
	TRY(rename("r2", "rd"));
	TRY(rename("rd", "d"));
	TRY(mkdir("empty_one", 0755));
	TRY(rename("rd", "empty_one"));
	TRY(rename("empty_one/inner", "inner"));
	TRY(rename(".", "x"));
	TRY(rename("inner", ".."));
	TRY(rename("inner/", "moved/"));
	TRY(rename("r2/", "r3"));
	TRY(rename("r2", "r3/"));
	TRY(rename(BAD_POINTER, "x"));
	TRY(rename("", "x"));
	dir = open("moved", O_RDONLY);
	TRY(syscall(SYS_renameat, AT_FDCWD, "r2", dir, "r2"));
	TRY(syscall(SYS_renameat, 99, "r2", dir, "r2"));
	close(file_make("n1", "n1"));
	close(file_make("n2", "n2"));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "n1", AT_FDCWD, "n2", RENAME_NOREPLACE));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "n1", AT_FDCWD, "n3", RENAME_NOREPLACE));
	file_show("n2");
	file_show("n3");
	TRY(syscall(
		SYS_renameat2, AT_FDCWD, "n2", AT_FDCWD, "n3", RENAME_EXCHANGE | RENAME_NOREPLACE));
	TRY(syscall(SYS_renameat2, AT_FDCWD, "n2", AT_FDCWD, "n3", 0x80));
	TRY(rename("a", "b"));
	TRY(access("a", F_OK));
	close(dir);
}

static void here_show(const char *base)
{
	if (getcwd(buf, sizeof(buf))) {
		printf("here: %s\n", !strncmp(buf, base, strlen(base)) ? buf + strlen(base) : buf);
	} else {
		printf("nowhere: %s\n", oracle_error(errno));
	}
}

/* What a link of /proc's says, without where all this happens. */
static void link_show(const char *link, const char *base)
{
	ssize_t len = readlink(link, buf, sizeof(buf) - 1);

	buf[len < 0 ? 0 : len] = '\0';
	printf("shown: %s\n", strncmp(buf, base, strlen(base)) ? buf : buf + strlen(base));
}

static void removed_show(const char *base)
{
	char link[32];
	int fd = open("removed", O_CREAT | O_RDWR, 0600);

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	link_show(link, base);
	unlink("removed");
	link_show(link, base);
	close(fd);
}

static void current(void)
{
	char base[512];
	int dir;

	getcwd(base, sizeof(base));
	TRY(syscall(SYS_getcwd, buf, 3));
	TRY(syscall(SYS_getcwd, buf, 0));
	TRY(syscall(SYS_getcwd, BAD_POINTER, 500));
	TRY(chdir("d"));
	here_show(base);
	TRY(chdir("made/../made"));
	here_show(base);
	TRY(chdir("nothing"));
	TRY(chdir(""));
	TRY(chdir(BAD_POINTER));
	dir = open("..", O_RDONLY);
	TRY(fchdir(dir));
	here_show(base);
	TRY(fchdir(99));
	TRY(fchdir(1));
	TRY(rmdir("made"));
	TRY(mkdir("gone", 0700));
	TRY(chdir("gone"));
	link_show("/proc/self/cwd", base);
	TRY(rmdir("../gone"));
	here_show(base);
	link_show("/proc/self/cwd", base);
	TRY(open("x", O_CREAT | O_WRONLY, 0600));
	TRY(mkdir("x", 0700));
	TRY(open(".", O_RDONLY) >= 0);
	TRY(chdir(".."));
	here_show(base);
	TRY(chdir(base));
	removed_show(base);
	close(dir);
}

/* A path of 4095 bytes is one, and of 4096 none. */
static void lengths(void)
{
	char *end = buf + 4095;

	for (char *p = buf; p < end; p += 2) {
		p[0] = '.';
		p[1] = '/';
	}
	*end = '\0';
	TRY(access(buf, F_OK));
	TRY(mkdir(buf, 0755));
	end[0] = '/';
	end[1] = '\0';
	TRY(access(buf, F_OK));
	TRY(mkdir(buf, 0755));
	TRY(open(buf, O_RDONLY));
	TRY(symlink("a", buf));
	TRY(chdir(buf));
}

static void roots(void)
{
	TRY(chroot("nothing"));
	TRY(chroot("r3"));
	TRY(chroot(BAD_POINTER));
	TRY(chroot("d"));
	TRY(chdir("/"));
	here_show("-");
	TRY(chdir(".."));
	TRY(access("/made", F_OK));
	TRY(mkdir("/in_root", 0755));
	TRY(access("/../in_root", F_OK));
	TRY(access("/etc", F_OK));
}

int main(void)
{
	folders();
	removing();
	links();
	renaming();
	current();
	lengths();
	in_child("roots", roots);
	TRY(access("d/in_root", F_OK));
	return 0;
}
