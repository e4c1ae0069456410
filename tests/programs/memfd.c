/* memfd.c - files of memory: what they are, and every seal against every change. */
#include <abi/stat.h>
#include "call.h"

enum { CLOEXEC = 1, SEALING = 2 };
enum { SEAL = 1, SHRINK = 2, GROW = 4, WRITE = 8, FUTURE = 16 };
enum { ADD_SEALS = 1033, GET_SEALS = 1034 };
enum { READ_ONLY = 1, READ_WRITE = 3, SHARED = 1, PRIVATE = 2 };

static char buf[8192];

static long map(int fd, int prot, int flags)
{
	long at = call(mmap, 0l, 4096l, prot, flags, (long)fd, 0l);

	if (at > 0 || at < -4095) {
		return 0;
	}
	return at;
}

static int sealed(int seals)
{
	int fd = (int)call(memfd_create, "sealed", SEALING);

	call(write, fd, buf, 4096l);
	say("seal", call(fcntl, fd, ADD_SEALS, (long)seals));
	return fd;
}

static void changes(const char *what, int seals)
{
	int fd;

	printf("-- %s\n", what);
	fd = sealed(seals);
	say("seals", call(fcntl, fd, GET_SEALS, 0l));
	say("write within", call(pwrite64, fd, buf, 10l, 0ll));
	say("write over the end", call(pwrite64, fd, buf, 5000l, 0ll));
	say("write beyond the end", call(pwrite64, fd, buf, 10l, 8192ll));
	call(close, fd);
	fd = sealed(seals);
	say("longer", call(ftruncate, fd, 5000ll));
	say("shorter", call(ftruncate, fd, 100ll));
	say("as it is", call(ftruncate, fd, 4096ll));
	say("map to write", map(fd, READ_WRITE, SHARED));
	say("map to read", map(fd, READ_ONLY, SHARED));
	say("map a copy", map(fd, READ_WRITE, PRIVATE));
	say("another seal", call(fcntl, fd, ADD_SEALS, (long)SHRINK));
	call(close, fd);
}

int main(void)
{
	char name[300], path[40], text[64] = "";
	struct linux_stat stat;
	int fd, file;
	long at;

	for (int i = 0; i < 250; i++) {
		name[i] = 'n';
	}
	name[250] = 0;
	say("flags", call(memfd_create, "x", 0x20));
	say("name too long", call(memfd_create, name, 0));
	name[249] = 0;
	say("long name", call(memfd_create, name, 0) > 0);
	say("no name", call(memfd_create, 0l, 0));
	fd = (int)call(memfd_create, "some name", CLOEXEC);
	say("close on exec", call(fcntl, fd, 1, 0l));
	say("status", call(fcntl, fd, 3, 0l));
	say("seals", call(fcntl, fd, GET_SEALS, 0l));
	say("seal it", call(fcntl, fd, ADD_SEALS, (long)SEAL));
	call(fstat, fd, &stat);
	printf("links %ld mode %o size %ld\n", (long)stat.nlink, stat.mode, (long)stat.size);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	call(readlink, path, text, 63l);
	printf("%s\n", text);
	fflush(stdout);
	say("write", call(write, fd, "hello", 5l));
	say("seek", call(lseek, fd, 1l, 0));
	say("read", call(read, fd, text, 63l));
	printf("%.4s\n", text);
	file = (int)call(open, path, 0);
	say("open again, to read", call(read, file, text, 63l));
	say("seal what is open to read", call(fcntl, file, ADD_SEALS, 0l));
	say("seal with what is none", call(fcntl, sealed(0), ADD_SEALS, 0x1000l));
	changes("against shrinking", SHRINK);
	changes("against growing", GROW);
	changes("against writing", WRITE);
	changes("against future writing", FUTURE);
	changes("against sealing", SEAL);
	changes("all but sealing", SHRINK | GROW | WRITE);
	fd = sealed(0);
	at = call(mmap, 0l, 4096l, READ_WRITE, SHARED, (long)fd, 0l);
	say("seal while it is mapped", call(fcntl, fd, ADD_SEALS, (long)WRITE));
	call(munmap, at, 4096l);
	say("unmapped", call(fcntl, fd, ADD_SEALS, (long)WRITE));
	at = call(mmap, 0l, 4096l, READ_ONLY, SHARED, (long)fd, 0l);
	say("make it writable", call(mprotect, at, 4096l, READ_WRITE));
	return 0;
}
