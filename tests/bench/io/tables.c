/* tables.c - the rows of the I/O bench, and what its files share. */
#include "io.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

const struct row *const row_tables[] = { rows_disk, rows_net, NULL };

/* On Linux drivers are modules; tools/bench puts them there for it alone. */
void module_load(const char *path)
{
	int fd = open(path, O_RDONLY);

	if (fd >= 0) {
		require(!syscall(SYS_finit_module, fd, "", 0), path);
		close(fd);
	}
}

void read_all(int fd, void *buf, size_t len)
{
	while (len > 0) {
		ssize_t got = read(fd, buf, len);

		require(got > 0, "read");
		buf = (char *)buf + got;
		len -= (size_t)got;
	}
}

void write_all(int fd, const void *buf, size_t len)
{
	while (len > 0) {
		ssize_t done = write(fd, buf, len);

		require(done > 0, "write");
		buf = (const char *)buf + done;
		len -= (size_t)done;
	}
}

/* With the word "peer" it is the other end. Before main(), so that this stays main.c's. */
__attribute__((constructor)) static void peer_if_wanted(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "peer")) {
		exit(peer_main());
	}
}
