/* What files are: attributes, modes, owners, times, devices, lists (kernel/sys/name_stat.c). */
#include "oracle.h"

#include <dirent.h>
#include <sys/statfs.h>
#include <sys/time.h>

static struct stat st;
static struct linux_statx sx;

static void stat_show(const char *name)
{
	if (TRY(lstat(name, &st))) {
		return;
	}
	printf("  %s: mode %o, %lu links, owner %u:%u, size %ld\n", name, st.st_mode,
		(unsigned long)st.st_nlink, st.st_uid, st.st_gid,
		S_ISDIR(st.st_mode) ? -1 : (long)st.st_size);
}

static void stats(void)
{
	int fd = file_make("f", "twelve bytes");

	umask(022);
	OK(mkdir("d", 0777));
	OK(symlink("f", "s"));
	OK(mkfifo("p", 0666));
	stat_show("f");
	stat_show("d");
	stat_show("s");
	stat_show("p");
	stat_show("/dev/null");
	printf("  device %lx\n", (unsigned long)st.st_rdev);
	TRY(stat("s", &st));
	TRY(S_ISREG(st.st_mode));
	TRY(stat("nothing", &st));
	TRY(stat("f/x", &st));
	TRY(stat("f", BAD_POINTER));
	TRY(stat(BAD_POINTER, &st));
	TRY(fstat(fd, &st));
	TRY(st.st_size);
	TRY(fstat(99, &st));
	TRY(fstatat(AT_FDCWD, "s", &st, AT_SYMLINK_NOFOLLOW));
	TRY(fstatat(AT_FDCWD, "s", &st, 0x77));
	TRY(fstatat(fd, "", &st, AT_EMPTY_PATH));
	TRY(fstatat(fd, "", &st, 0));
	TRY(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx));
	printf("  mode %o, %u links, size %lu, mask has all %d\n", sx.mode, sx.nlink,
		(unsigned long)sx.size, (sx.mask & STATX_BASIC_STATS) == STATX_BASIC_STATS);
	TRY(statx(fd, "", AT_EMPTY_PATH, STATX_BASIC_STATS, &sx));
	TRY(statx(AT_FDCWD, "nothing", 0, STATX_BASIC_STATS, &sx));
	TRY(statx(AT_FDCWD, "f", AT_STATX_SYNC_TYPE, STATX_BASIC_STATS, &sx));
	TRY(statx(AT_FDCWD, "f", 0, STATX__RESERVED, &sx));
	TRY(statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, BAD_POINTER));
	close(fd);
}

static void modes(void)
{
	int fd = open("f", O_RDONLY), path = open("f", O_PATH);

	TRY(chmod("f", 04711));
	stat_show("f");
	TRY(fchmod(fd, 0600));
	TRY(fchmod(path, 0600));
	TRY(fchmod(99, 0600));
	TRY(chmod("nothing", 0600));
	TRY(chmod(BAD_POINTER, 0600));
	TRY(syscall(SYS_fchmodat, AT_FDCWD, "s", 0640));
	stat_show("f");
	TRY(chmod("d", 01777));
	stat_show("d");
	TRY(umask(077));
	TRY(umask(0777777));
	TRY(umask(0));
	close(open("masked", O_CREAT | O_WRONLY, 07777));
	stat_show("masked");
	TRY(umask(022));
	TRY(mkdir("sticky", 01777));
	stat_show("sticky");
	close(fd);
	close(path);
}

static void owners(void)
{
	int fd = open("f", O_RDONLY);

	TRY(chmod("f", 06755));
	TRY(chown("f", 5, 6));
	stat_show("f");
	TRY(fchown(fd, (uid_t)-1, 7));
	TRY(lchown("s", 8, 9));
	stat_show("s");
	stat_show("f");
	TRY(chown("s", 10, (gid_t)-1));
	stat_show("f");
	TRY(fchownat(AT_FDCWD, "s", 11, 12, AT_SYMLINK_NOFOLLOW));
	stat_show("s");
	TRY(fchownat(fd, "", 13, 14, AT_EMPTY_PATH));
	stat_show("f");
	TRY(fchownat(AT_FDCWD, "s", 11, 12, 0x77));
	TRY(chown("nothing", 1, 1));
	TRY(fchown(99, 1, 1));
	TRY(lchown(BAD_POINTER, 1, 1));
	close(fd);
}

static void times_show(const char *name)
{
	if (!lstat(name, &st)) {
		printf("  %s: %ld.%09ld %ld.%09ld\n", name, st.st_atim.tv_sec, st.st_atim.tv_nsec,
			st.st_mtim.tv_sec, st.st_mtim.tv_nsec);
	}
}

static void times_set(void)
{
	struct timespec two[2] = { { 1000, 123456789 }, { 2000, 987654321 } };
	struct timespec omit[2] = { { 3000, 0 }, { 0, UTIME_OMIT } };
	struct timespec bad[2] = { { 0, 1000000000 }, { 0, 0 } };
	struct timeval coarse[2] = { { 4000, 5 }, { 5000, 6 } },
		       wrong[2] = { { 1, 1000000 }, { 1, 1 } };
	long seconds[2] = { 6000, 7000 };
	int fd = open("f", O_RDONLY);

	TRY(utimensat(AT_FDCWD, "f", two, 0));
	times_show("f");
	TRY(utimensat(AT_FDCWD, "f", omit, 0));
	times_show("f");
	TRY(utimensat(AT_FDCWD, "s", two, AT_SYMLINK_NOFOLLOW));
	times_show("s");
	TRY(utimensat(AT_FDCWD, "f", bad, 0));
	TRY(utimensat(AT_FDCWD, "f", two, 0x77));
	TRY(utimensat(AT_FDCWD, "nothing", two, 0));
	TRY(utimensat(AT_FDCWD, "f", BAD_POINTER, 0));
	TRY(utimensat(AT_FDCWD, NULL, two, 0));
	TRY(utimensat(fd, NULL, two, 0));
	TRY(utimensat(99, NULL, two, 0));
	TRY(utimes("f", coarse));
	times_show("f");
	TRY(utimes("f", wrong));
	TRY(utimes("nothing", coarse));
	TRY(syscall(SYS_utime, "f", seconds));
	times_show("f");
	TRY(syscall(SYS_utime, "nothing", NULL));
	TRY(syscall(SYS_utime, "f", BAD_POINTER));
	TRY(utimes("f", NULL));
	lstat("f", &st);
	TRY(st.st_mtim.tv_sec > 1000000000);
	close(fd);
}

static void permitted(void)
{
	TRY(setresgid(1000, 1000, 1000));
	TRY(setresuid(1000, 1000, 1000));
	TRY(access("f", R_OK));
	TRY(access("f", W_OK));
	TRY(open("f", O_RDONLY) >= 0);
	TRY(open("f", O_RDWR));
	TRY(open("secret", O_RDONLY));
	TRY(open("closed/x", O_RDONLY));
	TRY(chmod("f", 0777));
	TRY(chown("f", 1000, 1000));
	TRY(unlink("f"));
	TRY(unlink("sticky/theirs"));
	TRY(mkdir("new", 0700));
	TRY(utimes("f", NULL));
	TRY(chroot("."));
	TRY(truncate("f", 1));
	TRY(rename("f", "g"));
}

static void access_checked(void)
{
	TRY(access("f", F_OK));
	TRY(access("f", X_OK));
	TRY(access("d", X_OK));
	TRY(access("f", 077));
	TRY(access("nothing", F_OK));
	TRY(access(BAD_POINTER, F_OK));
	TRY(syscall(SYS_faccessat, AT_FDCWD, "f", R_OK));
	TRY(syscall(SYS_faccessat, 99, "f", R_OK));
	TRY(faccessat2(AT_FDCWD, "f", R_OK, AT_EACCESS));
	TRY(faccessat2(AT_FDCWD, "f", R_OK, 0x77));
	TRY(chmod("f", 0644));
	TRY(chown("f", 0, 0));
	close(file_make("secret", "x"));
	TRY(chmod("secret", 0600));
	TRY(mkdir("closed", 0700));
	TRY(close(file_make("sticky/theirs", "x")));
	TRY(chmod("sticky", 01777));
	in_child("another user", permitted);
}

static void nodes(void)
{
	TRY(mknod("node", S_IFCHR | 0600, 0x105));
	stat_show("node");
	printf("  device %lx\n", (unsigned long)st.st_rdev);
	TRY(mknod("plain", S_IFREG | 0644, 0));
	stat_show("plain");
	TRY(mknod("zero", 0644, 0));
	stat_show("zero");
	TRY(mknod("dir", S_IFDIR | 0755, 0));
	TRY(mknod("plain", S_IFREG | 0644, 0));
	TRY(mknodat(AT_FDCWD, "fifo", S_IFIFO | 0644, 0));
	TRY(mknodat(99, "fifo2", S_IFIFO | 0644, 0));
	TRY(mknod(BAD_POINTER, S_IFREG | 0644, 0));
	TRY(mknod("bad", 0170000 | 0644, 0));
}

static int compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

static void lists(void)
{
	char names[20][16], small[30];
	struct dirent *entry;
	size_t count = 0;
	DIR *dir;
	int fd;

	OK(mkdir("list", 0755));
	close(file_make("list/b", ""));
	close(file_make("list/a", ""));
	OK(mkdir("list/c", 0755));
	OK(symlink("a", "list/d"));
	dir = opendir("list");
	while ((entry = readdir(dir)) && count < 20) {
		snprintf(
			names[count++], sizeof(names[0]), "%.10s %d", entry->d_name, entry->d_type);
	}
	closedir(dir);
	qsort(names, count, sizeof(names[0]), compare);
	for (size_t i = 0; i < count; i++) {
		printf("  %s\n", names[i]);
	}
	fd = open("list", O_RDONLY);
	TRY(getdents64(fd, small, 10));
	TRY(getdents64(fd, BAD_POINTER, 1000));
	TRY(getdents64(1, names, sizeof(names)));
	TRY(getdents64(99, names, sizeof(names)));
	while (getdents64(fd, names, sizeof(names)) > 0) {
	}
	TRY(getdents64(fd, names, sizeof(names)));
	TRY(lseek(fd, 0, SEEK_SET));
	OK(getdents64(fd, names, sizeof(names)));
	TRY(unlink("list/a"));
	close(fd);
}

static void systems(void)
{
	struct statfs fs;
	int fd = open("/proc/self", O_RDONLY);

	TRY(statfs("/proc/self/status", &fs));
	printf("  %lx\n", fs.f_type);
	TRY(fstatfs(fd, &fs));
	TRY(statfs("nothing", &fs));
	TRY(fstatfs(99, &fs));
	TRY(statfs(".", BAD_POINTER));
	TRY(statfs(".", &fs));
	printf("  names of %ld\n", fs.f_namelen);
	close(fd);
}

int main(void)
{
	stats();
	modes();
	owners();
	times_set();
	access_checked();
	nodes();
	lists();
	systems();
	return 0;
}
