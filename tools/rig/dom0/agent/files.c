/*
 * files.c - writes files, making their folders, as standard input says.
 *
 * The stream has of each step: a letter, the lengths of a path and of a content as 32-bit
 * big-endian numbers, and both. "+" writes the file, ">" adds to it; with "=" it becomes another name of the file whose
 * path the content is, with "&" what is in that one is added to it.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent.h"

/* So many bytes of standard input, to be freed, and a zero byte behind them. */
static char *stream_bytes(size_t length)
{
	char *bytes = malloc(length + 1);

	if (!bytes) {
		die("no memory");
	}
	if (fread(bytes, 1, length, stdin) != length) {
		die("the stream breaks off");
	}
	bytes[length] = 0;
	return bytes;
}

static void make_folders(char *path)
{
	for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = 0;
		mkdir(path, 0755);
		*slash = '/';
	}
}

static void add_file(int to, const char *path)
{
	static char bytes[1 << 16];
	int from = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t count;

	if (from < 0) {
		die_errno(path);
	}
	while ((count = read(from, bytes, sizeof(bytes))) > 0) {
		if (!write_all(to, bytes, (size_t)count)) {
			die_errno(path);
		}
	}
	close(from);
}

static void step(char letter, char *path, const char *content, size_t length)
{
	int file;

	if (letter == '=' || letter == '+') {
		make_folders(path);
		unlink(path);
	}
	if (letter == '=') {
		if (link(content, path)) {
			die_errno(path);
		}
		return;
	}
	file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0755);
	if (file < 0) {
		die_errno(path);
	}
	if (letter == '&') {
		add_file(file, content);
	} else if (!write_all(file, content, length)) {
		die_errno(path);
	}
	fchmod(file, 0755);
	close(file);
}

int take_files(char **words)
{
	struct __attribute__((packed)) {
		char letter;
		uint32_t path, content;
	} head;

	(void)words;
	while (fread(&head, 1, sizeof(head), stdin) == sizeof(head)) {
		size_t length = ntohl(head.content);
		char *path = stream_bytes(ntohl(head.path));
		char *content = stream_bytes(length);

		step(head.letter, path, content, length);
		free(path);
		free(content);
	}
	return 0;
}
