/*
 * store.c - a connection to xenstored by its socket (Xen's public/io/xs_wire.h): a question is one write, and its answer
 * mostly one read. dom0 is emulated where this runs, and system calls are what is dear there.
 *
 * Events of watches come between answers; that some came is all that is kept of them.
 */
#include "rogue.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>
#include <xen/io/xs_wire.h>

#define SOCKET	    "/run/xenstored/socket"
#define WATCHES_MAX 4

static int store = -1;
static uint32_t transaction; /* 0: none */
static bool has_fired;
static char watched[WATCHES_MAX][128];
static unsigned watched_count;

/* What came and was not taken yet begins with a message. */
static _Alignas(
	struct xsd_sockmsg) char came[2 * (sizeof(struct xsd_sockmsg) + XENSTORE_PAYLOAD_MAX)];
static size_t came_len;

static char answer[XENSTORE_PAYLOAD_MAX + 1];

void store_open(void)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX, .sun_path = SOCKET };

	if (store >= 0) {
		close(store); /* another process's */
	}
	transaction = 0;
	has_fired = false;
	watched_count = 0;
	came_len = 0;
	store = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (store < 0 || connect(store, (struct sockaddr *)&to, sizeof(to))) {
		store_end();
		give_up("no way to xenstored");
	}
}

void store_end(void)
{
	close(store);
	store = -1;
}

bool store_is_open(void)
{
	return store >= 0;
}

static _Noreturn void lost(void)
{
	store_end();
	give_up("xenstored does not answer");
}

/* ---- messages -------------------------------------------------------------------------------- */

/* The whole message that came first, or NULL. */
static struct xsd_sockmsg *first(void)
{
	struct xsd_sockmsg *head = (struct xsd_sockmsg *)came;

	if (came_len < sizeof(*head)) {
		return NULL;
	}
	if (head->len > XENSTORE_PAYLOAD_MAX) {
		lost();
	}
	return came_len < sizeof(*head) + head->len ? NULL : head;
}

static void first_drop(void)
{
	size_t len = sizeof(struct xsd_sockmsg) + first()->len;

	came_len -= len;
	memmove(came, came + len, came_len);
}

static void more_read(void)
{
	ssize_t count = read(store, came + came_len, sizeof(came) - came_len);

	if (count <= 0) {
		lost();
	}
	came_len += (size_t)count;
}

/* Events that stand before anything else are noted. */
static void events_take(void)
{
	while (first() && first()->type == XS_WATCH_EVENT) {
		has_fired = true;
		first_drop();
	}
}

/* Words, of which each has its zero byte. False: refused; else the answer is in `answer`. */
static bool ask(uint32_t type, const char *words, size_t len)
{
	struct {
		struct xsd_sockmsg head;
		char words[XENSTORE_PAYLOAD_MAX];
	} question = { .head = { .type = type, .tx_id = transaction, .len = (uint32_t)len } };
	const struct xsd_sockmsg *head;
	bool is_granted;

	if (len > sizeof(question.words)) {
		give_up("too much for xenstored");
	}
	memcpy(question.words, words, len);
	len += sizeof(question.head);
	if (store < 0 || write(store, &question, len) != (ssize_t)len) {
		lost();
	}
	for (events_take(); !first(); events_take()) {
		more_read();
	}
	head = first();
	is_granted = head->type != XS_ERROR;
	memcpy(answer, came + sizeof(*head), head->len);
	answer[head->len] = '\0';
	first_drop();
	return is_granted;
}

/* ---- questions -------------------------------------------------------------------------------- */

const char *store_read(const char *path)
{
	return ask(XS_READ, path, strlen(path) + 1) ? answer : NULL;
}

bool store_write(const char *path, const char *value)
{
	char words[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(words, sizeof(words), "%s%c%s", path, 0, value);

	return ask(XS_WRITE, words, (size_t)len);
}

bool store_make(const char *path)
{
	return ask(XS_MKDIR, path, strlen(path) + 1);
}

bool store_remove(const char *path)
{
	return ask(XS_RM, path, strlen(path) + 1);
}

bool store_share(const char *path, unsigned owner, unsigned reader)
{
	char words[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(words, sizeof(words), "%s%cn%u%cr%u%c", path, 0, owner, 0, reader, 0);

	return ask(XS_SET_PERMS, words, (size_t)len);
}

void store_begin(void)
{
	if (!ask(XS_TRANSACTION_START, "", 1)) {
		give_up("no transaction");
	}
	transaction = (uint32_t)strtoul(answer, NULL, 10);
}

bool store_is_begun(void)
{
	return transaction;
}

bool store_commit(void)
{
	bool is_done = ask(XS_TRANSACTION_END, "T", 2);

	transaction = 0;
	if (!is_done && strcmp(answer, "EAGAIN")) {
		give_up("a transaction fails: %s", answer);
	}
	return is_done;
}

void store_abandon(void)
{
	transaction = 0;
}

/* ---- watches ---------------------------------------------------------------------------------- */

void store_watch(const char *path)
{
	char words[XENSTORE_PAYLOAD_MAX];
	int len = snprintf(words, sizeof(words), "%s%crogue%c", path, 0, 0);

	for (unsigned i = 0; i < watched_count; i++) {
		if (!strcmp(watched[i], path)) {
			return;
		}
	}
	if (watched_count == WATCHES_MAX || !ask(XS_WATCH, words, (size_t)len)) {
		give_up("%s cannot be watched", path);
	}
	snprintf(watched[watched_count++], sizeof(watched[0]), "%s", path);
}

bool store_wait(long until)
{
	struct pollfd fd = { .fd = store, .events = POLLIN };

	for (events_take(); !has_fired; events_take()) {
		long left = until - clock_ms();

		if (left < 0 || poll(&fd, 1, (int)left) <= 0) {
			return false;
		}
		more_read();
	}
	has_fired = false;
	return true;
}
