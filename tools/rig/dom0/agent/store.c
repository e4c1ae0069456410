/* store.c - Xen's public/io/xs_wire.h. Requests are answered in order; events come in between. */
#include "store.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "agent.h"

#define SOCKET	    "/run/xenstored/socket"
#define PAYLOAD_MAX 4096

enum { XS_DIRECTORY = 1, XS_READ = 2, XS_WATCH = 4, XS_WRITE = 11, XS_RM = 13, XS_EVENT = 15, XS_ERROR = 16 };

struct header {
	uint32_t type, request, transaction, length;
};

static int store = -1;
static unsigned events; /* that came while an answer was waited for */

void store_open(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = SOCKET };

	store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (store < 0 || connect(store, (struct sockaddr *)&to, sizeof(to))) {
		die_errno("xenstored");
	}
}

static void receive(void *bytes, size_t length)
{
	char *to = bytes;

	while (length) {
		ssize_t count = read(store, to, length);

		if (count == 0 || (count < 0 && errno != EINTR)) {
			die("xenstored does not answer");
		}
		if (count > 0) {
			to += count;
			length -= (size_t)count;
		}
	}
}

/* The next message: its type, its text in `text` and behind that a zero byte, its length in *length. */
static uint32_t message(char *text, uint32_t *length)
{
	struct header head;

	receive(&head, sizeof(head));
	if (head.length > PAYLOAD_MAX) {
		die("xenstored says too much");
	}
	receive(text, head.length);
	text[head.length] = 0;
	*length = head.length;
	return head.type;
}

/* The answer in `answer`, of PAYLOAD_MAX + 1 bytes, and its length; false when it is an error. */
static bool ask(
	uint32_t type, const char *content, size_t content_length, char *answer, uint32_t *length)
{
	char bytes[sizeof(struct header) + PAYLOAD_MAX];
	struct header head = { .type = type, .length = (uint32_t)content_length };
	uint32_t kind;

	if (content_length > PAYLOAD_MAX) {
		die("too much for xenstored");
	}
	memcpy(bytes, &head, sizeof(head));
	memcpy(bytes + sizeof(head), content, content_length);
	write_all(store, bytes, sizeof(head) + content_length);
	while ((kind = message(answer, length)) == XS_EVENT) {
		events++;
	}
	return kind != XS_ERROR;
}

char *store_read(const char *path)
{
	char answer[PAYLOAD_MAX + 1];
	uint32_t length;

	return ask(XS_READ, path, strlen(path) + 1, answer, &length) ? strdup(answer) : NULL;
}

bool store_write(const char *path, const char *text)
{
	char content[PAYLOAD_MAX], answer[PAYLOAD_MAX + 1];
	uint32_t length;
	int end = snprintf(content, sizeof(content), "%s%c%s", path, 0, text);

	return ask(XS_WRITE, content, (size_t)end, answer, &length);
}

bool store_remove(const char *path)
{
	char answer[PAYLOAD_MAX + 1];
	uint32_t length;

	return ask(XS_RM, path, strlen(path) + 1, answer, &length);
}

bool store_has_only(const char *folder, const char *name)
{
	char answer[PAYLOAD_MAX + 1];
	uint32_t length;

	return ask(XS_DIRECTORY, folder, strlen(folder) + 1, answer, &length) && length == strlen(name) + 1 && !strcmp(answer, name);
}

void store_watch(const char *path)
{
	char content[PAYLOAD_MAX], answer[PAYLOAD_MAX + 1];
	uint32_t length;
	int end = snprintf(content, sizeof(content), "%s%c%s%c", path, 0, path, 0);

	if (!ask(XS_WATCH, content, (size_t)end, answer, &length)) {
		die("xenstored gives no watch");
	}
	store_event();
}

int store_handle(void)
{
	return store;
}

bool store_has_event(void)
{
	return events;
}

void store_event(void)
{
	char text[PAYLOAD_MAX + 1];
	uint32_t length;

	if (events) {
		events--;
	} else if (message(text, &length) != XS_EVENT) {
		die("xenstored says what it was not asked");
	}
}

int store_domain_named(const char *name)
{
	static const char folder[] = "/local/domain";
	char domains[PAYLOAD_MAX + 1], path[64];
	uint32_t length;

	if (!ask(XS_DIRECTORY, folder, sizeof(folder), domains, &length)) {
		return -1;
	}
	for (char *number = domains; number < domains + length; number += strlen(number) + 1) {
		char *found;
		bool is_it;

		snprintf(path, sizeof(path), "%s/%d/name", folder, atoi(number));
		found = store_read(path);
		is_it = found && !strcmp(found, name);
		free(found);
		if (is_it) {
			return atoi(number);
		}
	}
	return -1;
}
