/*
 * drivers/xen/xs_wire.h - xenstore's wire format, as pure functions (public io/xs_wire.h).
 *
 * A message is a header and at most XS_WIRE_PAYLOAD_MAX bytes. What comes in is
 * the store's word and may be anything: each parser takes a length, reads
 * nothing beyond it and says -EPROTO for what makes no sense. No allocation, no
 * state, nothing of the kernel but its types, string.h and errno.h.
 */
#ifndef DRIVERS_XEN_XS_WIRE_H
#define DRIVERS_XEN_XS_WIRE_H

#include <kernel/types.h>

#define XS_WIRE_PAYLOAD_MAX 4096u
#define XS_WIRE_PATH_MAX    3072u

/* Message types that we send or receive; the numbers are the wire's. */
enum xs_type {
	XS_TYPE_DIRECTORY = 1,
	XS_TYPE_READ = 2,
	XS_TYPE_GET_PERMS = 3,
	XS_TYPE_WATCH = 4,
	XS_TYPE_UNWATCH = 5,
	XS_TYPE_TRANSACTION_START = 6,
	XS_TYPE_TRANSACTION_END = 7,
	XS_TYPE_GET_DOMAIN_PATH = 10,
	XS_TYPE_WRITE = 11,
	XS_TYPE_MKDIR = 12,
	XS_TYPE_RM = 13,
	XS_TYPE_SET_PERMS = 14,
	XS_TYPE_WATCH_EVENT = 15,
	XS_TYPE_ERROR = 16,
};

struct xs_header {
	uint32_t type;
	uint32_t request; /* echoed in the reply; 0 in watch events */
	uint32_t transaction;
	uint32_t len; /* bytes of payload that follow */
};

/* A piece of a request's payload. */
struct xs_part {
	const void *data;
	size_t len;
};

/* A text with its terminating NUL, as most requests want them. */
struct xs_part xs_part_text(const char *text);
/* A text without. */
struct xs_part xs_part_bytes(const char *text);

/* Fill a request's header: 0, or -E2BIG when the parts exceed the maximum. */
int xs_wire_header(struct xs_header *header, enum xs_type type, uint32_t request,
	uint32_t transaction, const struct xs_part *parts, unsigned count);

/* Judge a header that came in: 0, or -EPROTO for a payload beyond the maximum. */
int xs_wire_check(const struct xs_header *header);

/* The errno of an error reply, whose payload names it ("ENOENT"). Negative; -EIO for a name we do not know. */
int xs_wire_error(const char *payload, size_t len);

/*
 * A list of NUL-terminated names, as a directory comes: the name at *offset, and
 * *offset moved behind it; NULL at the end, or at a last name without NUL.
 */
const char *xs_wire_next(const char *payload, size_t len, size_t *offset);

/* How many names there are; -EPROTO when the last has no NUL. */
int xs_wire_count(const char *payload, size_t len);

/* A watch event: path and token, both pointing into the payload. 0 or -EPROTO. */
int xs_wire_watch_event(const char *payload, size_t len, const char **path, const char **token);

/* An unsigned decimal, possibly NUL-terminated: transaction ids, states, ports. 0, -EPROTO, or -ERANGE. */
int xs_wire_number(const char *payload, size_t len, uint64_t *value);

/* "n123", "r4": who may what. 0 or -EPROTO. */
struct xs_perm {
	char access; /* n none, r read, w write, b both */
	unsigned domain;
};
int xs_wire_perm(const char *text, struct xs_perm *perm);
/* The text of one; at least 8 bytes are needed. Returns its length, or -EINVAL. */
int xs_wire_perm_format(const struct xs_perm *perm, char *text, size_t size);

/* Whether the store will take a path: not empty, not too long, allowed characters, no "//", no "/" at its end (but "/" itself). */
bool xs_wire_is_path(const char *path);

#endif
