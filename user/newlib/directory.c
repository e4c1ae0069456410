/* directory.c - reading directories: a buffer of entries as getdents64() gives them. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

struct directory {
	int fd;
	size_t at, len;
	_Alignas(struct dirent) char buf[4096];
};

DIR *fdopendir(int fd)
{
	DIR *dir = calloc(1, sizeof(*dir));

	if (dir) {
		dir->fd = fd;
	}
	return dir;
}

DIR *opendir(const char *path)
{
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *dir;

	if (fd < 0) {
		return NULL;
	}
	dir = fdopendir(fd);
	if (!dir) {
		close(fd);
	}
	return dir;
}

struct dirent *readdir(DIR *dir)
{
	struct dirent *entry;

	if (dir->at == dir->len) {
		ssize_t len = getdents64(dir->fd, dir->buf, sizeof(dir->buf));

		if (len <= 0) {
			return NULL;
		}
		dir->at = 0;
		dir->len = (size_t)len;
	}
	entry = (struct dirent *)(dir->buf + dir->at);
	dir->at += entry->d_reclen;
	return entry;
}

void rewinddir(DIR *dir)
{
	lseek(dir->fd, 0, SEEK_SET);
	dir->at = dir->len = 0;
}

int dirfd(DIR *dir)
{
	return dir->fd;
}

int closedir(DIR *dir)
{
	int fd = dir->fd;

	free(dir);
	return close(fd);
}
