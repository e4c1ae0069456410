/*
 * xs_wire.c - xenstore's wire format: see the header for who may trust what.
 *
 * The type numbers and limits are checked against the public header where the
 * client uses them (xenstore.c); this file does without it so that it can be
 * compiled and fuzzed anywhere.
 */
#include <drivers/xen/xs_wire.h>
#include <kernel/errno.h>
#include <kernel/string.h>

struct xs_part xs_part_text(const char *text)
{
	return (struct xs_part){ text, strlen(text) + 1 };
}

struct xs_part xs_part_bytes(const char *text)
{
	return (struct xs_part){ text, strlen(text) };
}

int xs_wire_header(struct xs_header *header, enum xs_type type, uint32_t request,
	uint32_t transaction, const struct xs_part *parts, unsigned count)
{
	size_t len = 0;

	for (unsigned i = 0; i < count; i++) {
		if (parts[i].len > XS_WIRE_PAYLOAD_MAX - len) {
			return -E2BIG;
		}
		len += parts[i].len;
	}
	*header = (struct xs_header){ (uint32_t)type, request, transaction, (uint32_t)len };
	return 0;
}

int xs_wire_check(const struct xs_header *header)
{
	return header->len <= XS_WIRE_PAYLOAD_MAX ? 0 : -EPROTO;
}

/* ---- errors ----------------------------------------------------------- */

#define KNOWN(e)                                                                                   \
	{                                                                                          \
#e, e                                                                              \
	}

/* Those of the public header, and what daemons add. */
static const struct {
	const char *name;
	int err;
} known_errors[] = {
	KNOWN(EINVAL),
	KNOWN(EACCES),
	KNOWN(EEXIST),
	KNOWN(EISDIR),
	KNOWN(ENOENT),
	KNOWN(ENOMEM),
	KNOWN(ENOSPC),
	KNOWN(EIO),
	KNOWN(ENOTEMPTY),
	KNOWN(ENOSYS),
	KNOWN(EROFS),
	KNOWN(EBUSY),
	KNOWN(EAGAIN),
	KNOWN(EISCONN),
	KNOWN(E2BIG),
	KNOWN(EPERM),
};

int xs_wire_error(const char *payload, size_t len)
{
	size_t name_len = strnlen(payload, len);

	for (unsigned i = 0; i < ARRAY_SIZE(known_errors); i++) {
		const char *name = known_errors[i].name;

		if (strlen(name) == name_len && !memcmp(name, payload, name_len)) {
			return -known_errors[i].err;
		}
	}
	return -EIO;
}

/* ---- lists ------------------------------------------------------------ */

const char *xs_wire_next(const char *payload, size_t len, size_t *offset)
{
	const char *name;
	size_t left, name_len;

	if (*offset >= len) {
		return NULL;
	}
	name = payload + *offset;
	left = len - *offset;
	name_len = strnlen(name, left);
	if (name_len == left) {
		*offset = len;
		return NULL;
	}
	*offset += name_len + 1;
	return name;
}

int xs_wire_count(const char *payload, size_t len)
{
	size_t offset = 0;
	int count = 0;

	if (len && payload[len - 1] != '\0') {
		return -EPROTO;
	}
	while (xs_wire_next(payload, len, &offset)) {
		count++;
	}
	return count;
}

int xs_wire_watch_event(const char *payload, size_t len, const char **path, const char **token)
{
	size_t offset = 0;

	*path = xs_wire_next(payload, len, &offset);
	*token = *path ? xs_wire_next(payload, len, &offset) : NULL;
	return *token ? 0 : -EPROTO;
}

/* ---- values ----------------------------------------------------------- */

int xs_wire_number(const char *payload, size_t len, uint64_t *value)
{
	uint64_t sum = 0;

	len = strnlen(payload, len);
	if (len == 0) {
		return -EPROTO;
	}
	for (size_t i = 0; i < len; i++) {
		unsigned digit = (unsigned)(payload[i] - '0');

		if (digit > 9) {
			return -EPROTO;
		}
		if (sum > (UINT64_MAX - digit) / 10) {
			return -ERANGE;
		}
		sum = sum * 10 + digit;
	}
	*value = sum;
	return 0;
}

int xs_wire_perm(const char *text, struct xs_perm *perm)
{
	uint64_t domain;

	if (!*text || !strchr("nrwb", *text) ||
		xs_wire_number(text + 1, strlen(text + 1), &domain) || domain > UINT16_MAX) {
		return -EPROTO;
	}
	*perm = (struct xs_perm){ *text, (unsigned)domain };
	return 0;
}

int xs_wire_perm_format(const struct xs_perm *perm, char *text, size_t size)
{
	unsigned rest = perm->domain, digits = 1;

	for (unsigned n = perm->domain; n >= 10; n /= 10) {
		digits++;
	}
	if (perm->domain > UINT16_MAX || size < digits + 2) {
		return -EINVAL;
	}
	text[0] = perm->access;
	text[digits + 1] = '\0';
	for (unsigned i = digits; i > 0; i--, rest /= 10) {
		text[i] = (char)('0' + rest % 10);
	}
	return (int)digits + 1;
}

static bool is_path_char(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
		(c && strchr("-/_@", c));
}

bool xs_wire_is_path(const char *path)
{
	size_t len = strnlen(path, XS_WIRE_PATH_MAX + 1);

	if (len == 0 || len > XS_WIRE_PATH_MAX || (len > 1 && path[len - 1] == '/')) {
		return false;
	}
	for (size_t i = 0; i < len; i++) {
		if (!is_path_char(path[i]) || (path[i] == '/' && path[i + 1] == '/')) {
			return false;
		}
	}
	return true;
}
