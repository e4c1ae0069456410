/*
 * unmount.c - umount2() of what somebody uses (kernel/fs/mount.c, V4 of kernel/vm.h): open, mapped, run, stood in; and
 * that it is gone when nobody does any more.
 */
#include "mounting.h"

#include "sockets.h"

#include <sys/file.h>
#include <sys/mman.h>

#define PAGE	 ((size_t)4096)
#define MODIFIED 2 /* of inotify's events */

static void begin(void)
{
	if (mount("test", "m", "tmpfs", 0, NULL)) {
		printf("no mount: %s\n", oracle_error(errno));
		exit(1);
	}
	close(file_make("m/file", "text"));
}

#define BUSY(what)                                                                                 \
	do {                                                                                       \
		printf("%s\n  ", what);                                                            \
		if (!TRY(umount2("m", 0))) {                                                       \
			begin();                                                                   \
		}                                                                                  \
	} while (0)

static void opened(void)
{
	int fd = open("m/file", O_RDONLY), other;

	BUSY("a file is open");
	other = dup(fd);
	close(fd);
	BUSY("there is another descriptor");
	close(other);
	BUSY("it is closed");
	fd = open("m/file", O_PATH);
	BUSY("its place is open");
	close(fd);
	fd = open("m", O_RDONLY | O_DIRECTORY);
	BUSY("the folder is open");
	close(fd);
	fd = open("m/file", O_RDONLY);
	unlink("m/file");
	BUSY("a file without a name is open");
	close(fd);
	BUSY("nothing is");
}

static void *map(int mode, int prot, int flags)
{
	int fd = open("m/file", mode);
	char *at;

	TRY(ftruncate(fd, 0) | ftruncate(fd, 2 * PAGE));
	at = mmap(NULL, 2 * PAGE, prot, flags, fd, 0);
	close(fd);
	return at;
}

static void mapped(void)
{
	char *at = map(O_RDWR, PROT_READ, MAP_PRIVATE), *moved;

	BUSY("a file is mapped");
	munmap(at, PAGE);
	BUSY("one half of it is");
	munmap(at + PAGE, PAGE);
	BUSY("it is not");
	at = map(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
	*at = 'x';
	moved = mremap(at, 2 * PAGE, 4 * PAGE, MREMAP_MAYMOVE);
	BUSY("its mapping was moved");
	mprotect(moved, PAGE, PROT_NONE);
	BUSY("one half of it may not be used");
	unlink("m/file");
	BUSY("it has no name");
	munmap(moved, 4 * PAGE);
	BUSY("nor is it mapped");
	at = map(O_RDWR, PROT_READ, MAP_PRIVATE);
	mmap(at, 2 * PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	BUSY("something else is mapped there");
	munmap(at, 2 * PAGE);
}

/* What a mapping keeps is the open file: with it, a lock. */
static void locked(void)
{
	int fd = open("m/file", O_RDWR), other = open("m/file", O_RDWR);
	void *at = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);

	TRY(flock(fd, LOCK_EX));
	close(fd);
	TRY(flock(other, LOCK_EX | LOCK_NB));
	munmap(at, PAGE);
	TRY(flock(other, LOCK_EX | LOCK_NB));
	close(other);
}

/* A child that does something, says that it did, and ends when it is told to. */
static void with_child(const char *what, void (*function)(void))
{
	int ready[2], end[2];
	char byte;
	pid_t pid;

	if (pipe(ready) || pipe(end)) {
		exit(1);
	}
	pid = fork();
	if (!pid) {
		close(ready[0]);
		close(end[1]);
		dup2(ready[1], 3);
		dup2(end[0], 4);
		function();
		_exit(!(write(3, "", 1) == 1 && read(4, &byte, 1) == 0));
	}
	close(ready[1]);
	close(end[0]);
	printf("(%d) ", (int)read(ready[0], &byte, 1));
	BUSY(what);
	close(end[1]);
	close(ready[0]);
	waitpid(pid, NULL, 0);
	BUSY("it has ended");
}

static void *inherited;

static void keep(void)
{
}

static void map_and_exec(void)
{
	map(O_RDWR, PROT_READ, MAP_PRIVATE);
	execl("/proc/self/exe", "unmount", "wait", (char *)NULL);
}

static void stand(void)
{
	_exit(chdir("m"));
}

static void stand_and_wait(void)
{
	if (chdir("m")) {
		_exit(1);
	}
}

static void make_root(void)
{
	if (chroot("m")) {
		_exit(1);
	}
}

static void run(void)
{
	execl("m/program", "unmount", "wait", (char *)NULL);
}

static void by_others(void)
{
	in_child("a child was in it", stand);
	BUSY("a child has ended");
	with_child("a child is in it", stand_and_wait);
	with_child("a child has its root there", make_root);
	program_copy("m/program");
	with_child("a child runs a program of it", run);
	inherited = map(O_RDWR, PROT_READ, MAP_PRIVATE);
	with_child("a child has the mapping, too", keep);
	munmap(inherited, 2 * PAGE);
	BUSY("nobody has it");
	with_child("a child had one, and runs another program", map_and_exec);
}

static void otherwise(void)
{
	struct linux_sockaddr_un name = { .family = AF_UNIX, .path = "m/socket" };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	TRY(bind(fd, &name, sizeof(name)));
	BUSY("a socket is bound");
	close(fd);
	BUSY("it is closed");
	fd = (int)call(inotify_init1, 0);
	printf("watch: %ld\n", call(inotify_add_watch, fd, "m/file", MODIFIED));
	BUSY("a file is watched");
	close(fd);
	mkdir("m/below", 0755);
	TRY(mount("test", "m/below", "tmpfs", 0, NULL));
	BUSY("something is mounted below");
	TRY(umount2("m/below", 0));
	BUSY("it is not");
}

/* Nobody finds it any more; who has it keeps it. */
static void lazily(void)
{
	char *at = map(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);

	TRY(umount2("m", MNT_DETACH));
	TRY(access("m/file", F_OK));
	at[PAGE] = 'y';
	printf("mapped: %d %d\n", at[0], at[PAGE]);
	munmap(at, 2 * PAGE);
	TRY(umount2("m", 0));
}

int main(int argc, char **argv)
{
	char byte;

	if (argc > 1 && !strcmp(argv[1], "wait")) {
		return !(write(3, "", 1) == 1 && read(4, &byte, 1) == 0);
	}
	mounting_begin();
	mkdir("m", 0755);
	begin();
	opened();
	mapped();
	locked();
	by_others();
	otherwise();
	lazily();
	return 0;
}
