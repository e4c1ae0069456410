/*
 * remount.c - mount() of what is mounted already (kernel/fs/mount.c): read-only and back, with writers and without,
 * and what its place allows.
 */
#include "mounting.h"

#include <stdint.h>
#include <sys/mman.h>

#define PAGE 4096

/* Of what /proc tells of the folder, without what is only one kernel's. */
static void options_show(void)
{
	static const char *const known[] = { "ro", "rw", "nosuid", "nodev", "noexec" };
	char line[512], here[256], path[256], options[256];
	FILE *mounts = fopen("/proc/self/mounts", "r");

	getcwd(here, sizeof(here));
	strcat(here, "/m");
	while (mounts && fgets(line, sizeof(line), mounts)) {
		if (sscanf(line, "%*s %255s %*s %255s", path, options) != 2 || strcmp(path, here)) {
			continue;
		}
		printf("  is");
		for (char *word = strtok(options, ","); word; word = strtok(NULL, ",")) {
			for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
				if (!strcmp(word, known[i])) {
					printf(" %s", word);
				}
			}
		}
		printf("\n");
	}
	fclose(mounts);
}

#define REMOUNT(flags) (TRY(mount("none", "m", NULL, MS_REMOUNT | (flags), NULL)), options_show())

static void without_writers(void)
{
	int fd;

	close(file_make("m/file", "text"));
	fd = open("m/file", O_RDONLY);
	REMOUNT(MS_RDONLY);
	OK(open("m/file", O_RDWR));
	OK(open("m/file", O_WRONLY | O_TRUNC));
	OK(open("m/new", O_RDWR | O_CREAT, 0644));
	TRY(mkdir("m/folder", 0755));
	TRY(unlink("m/file"));
	TRY(rename("m/file", "m/other"));
	TRY(chmod("m/file", 0600));
	TRY(truncate("m/file", 0));
	TRY(access("m/file", W_OK));
	TRY(access("m/file", R_OK));
	file_show("m/file");
	REMOUNT(MS_RDONLY);
	REMOUNT(0);
	TRY(access("m/file", W_OK));
	TRY(mkdir("m/folder", 0755));
	TRY(rmdir("m/folder"));
	close(fd);
}

/* The file is closed, but for what maps it. */
static void mapping(int mode, int prot, int flags)
{
	int fd = open("m/file", mode);
	char *at = mmap(NULL, PAGE, prot, flags, fd, 0);

	close(fd);
	REMOUNT(MS_RDONLY);
	TRY(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	munmap(at, PAGE);
	REMOUNT(MS_RDONLY);
	REMOUNT(0);
}

static void mappings(void)
{
	mapping(O_RDWR, PROT_READ | PROT_WRITE, MAP_SHARED);
	mapping(O_RDWR, PROT_READ, MAP_SHARED);
	mapping(O_RDWR, PROT_READ, MAP_PRIVATE);
	mapping(O_RDONLY, PROT_READ, MAP_SHARED);
	mapping(O_RDONLY, PROT_READ | PROT_WRITE, MAP_PRIVATE);
}

/* Who has a file open to write to it, or one whose names are gone, is not surprised. */
static void with_writers(void)
{
	int fd = open("m/file", O_WRONLY | O_APPEND), reader;
	char name[32];

	REMOUNT(MS_RDONLY);
	TRY(write(fd, "+", 1));
	TRY(fcntl(fd, F_SETFL, 0));
	REMOUNT(MS_RDONLY | MS_BIND);
	close(fd);
	fd = open("m/file", O_RDONLY);
	TRY(unlink("m/file"));
	REMOUNT(MS_RDONLY);
	REMOUNT(MS_RDONLY | MS_BIND);
	REMOUNT(MS_BIND);
	close(fd);
	REMOUNT(MS_RDONLY);
	REMOUNT(0);
	fd = open("m", O_TMPFILE | O_RDWR, 0600);
	REMOUNT(MS_RDONLY);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	OK(reader = open(name, O_RDONLY));
	close(fd);
	REMOUNT(MS_RDONLY);
	close(reader);
	TRY(mkdir("m/folder", 0755));
	fd = open("m/folder", O_RDONLY | O_DIRECTORY);
	TRY(rmdir("m/folder"));
	REMOUNT(MS_RDONLY);
	close(fd);
	close(file_make("m/file", "text"));
	close(file_make("m/other", "others'"));
	fd = open("m/file", O_RDONLY);
	TRY(rename("m/other", "m/file"));
	REMOUNT(MS_RDONLY);
	close(fd);
	mappings();
	fd = open("m/file", O_PATH);
	TRY(mkfifo("m/fifo", 0600));
	int fifo = open("m/fifo", O_RDWR);

	REMOUNT(MS_RDONLY);
	close(fifo);
	close(fd);
	REMOUNT(0);
}

static void program_run(void)
{
	execl("m/program", "true", (char *)NULL);
	_exit(errno == EACCES ? 100 : 101);
}

static void of_place(void)
{
	int fd;
	char *at;

	program_copy("m/program");
	REMOUNT(MS_NOEXEC | MS_NOSUID | MS_NODEV);
	in_child("no program is started", program_run);
	TRY(access("m/program", X_OK));
	TRY(access("m", X_OK));
	fd = open("m/program", O_RDONLY);
	at = mmap(NULL, PAGE, PROT_READ | PROT_EXEC, MAP_PRIVATE, fd, 0);
	printf("it is mapped to run: %s\n", at == MAP_FAILED ? oracle_error(errno) : "yes");
	at = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	TRY(mprotect(at, PAGE, PROT_READ | PROT_EXEC));
	TRY(mprotect(at, PAGE, PROT_READ | PROT_WRITE));
	munmap(at, PAGE);
	close(fd);
	REMOUNT(MS_BIND | MS_NOSUID);
	TRY(access("m/program", X_OK));
	REMOUNT(MS_BIND | MS_RDONLY);
	TRY(access("m/program", W_OK));
	REMOUNT(0);
	TRY(unlink("m/program"));
}

int main(int argc, char **argv)
{
	if (argc > 0 && !strcmp(argv[0], "true")) {
		return 0;
	}
	mounting_begin();
	mkdir("m", 0755);
	TRY(mount("none", "m", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	TRY(mount("none", "m/none", NULL, MS_REMOUNT | MS_RDONLY, NULL));
	TRY(mount("test", "m", "tmpfs", 0, NULL));
	options_show();
	without_writers();
	with_writers();
	of_place();
	REMOUNT(MS_RDONLY);
	TRY(umount2("m", 0));
	TRY(mount("test", "m", "tmpfs", MS_RDONLY | MS_NOEXEC, NULL));
	options_show();
	REMOUNT(MS_NOEXEC);
	OK(open("m/file", O_RDWR | O_CREAT, 0644));
	REMOUNT(MS_RDONLY);
	TRY(umount2("m", MNT_DETACH));
	return 0;
}
