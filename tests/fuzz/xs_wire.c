/* xs_wire.c - every parser of xenstore's wire format over one payload. */
#include "shim.h"

#include <drivers/xen/xs_wire.h>
#include <kernel/errno.h>
#include <kernel/string.h>

/* What points into the payload must be a text that ends within it. */
static void within(const char *text, const char *payload, size_t len)
{
	REQUIRE(text >= payload && text < payload + len);
	REQUIRE(strnlen(text, (size_t)(payload + len - text)) < (size_t)(payload + len - text));
}

static void names(const char *payload, size_t len)
{
	size_t offset = 0;
	const char *name;
	int count = 0, said = xs_wire_count(payload, len);

	while ((name = xs_wire_next(payload, len, &offset))) {
		within(name, payload, len);
		REQUIRE(offset <= len);
		count++;
	}
	REQUIRE(said == -EPROTO || said == count);
}

static void texts(const char *payload, size_t len)
{
	const char *path, *token;
	uint64_t number;

	if (!xs_wire_watch_event(payload, len, &path, &token)) {
		within(path, payload, len);
		within(token, payload, len);
		REQUIRE(path != token);
	}
	(void)!xs_wire_number(payload, len, &number);
	REQUIRE(xs_wire_error(payload, len) < 0);
}

static void whole_text(const char *payload, size_t len)
{
	char *text = host_alloc(len + 1), again[8];
	struct xs_perm perm;
	int n;

	memcpy(text, payload, len);
	xs_wire_is_path(text);
	if (!xs_wire_perm(text, &perm)) {
		n = xs_wire_perm_format(&perm, again, sizeof(again));
		REQUIRE(n == -EINVAL || (n > 0 && (size_t)n < sizeof(again)));
	}
	host_free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct xs_header header;
	char *payload = host_alloc(size ? size : 1); /* exact, so that one byte beyond is seen */

	memcpy(payload, data, size);
	names(payload, size);
	texts(payload, size);
	whole_text(payload, size);
	if (size >= sizeof(header)) {
		memcpy(&header, data, sizeof(header));
		REQUIRE(xs_wire_check(&header) == (header.len > XS_WIRE_PAYLOAD_MAX ? -EPROTO : 0));
	}
	host_free(payload);
	return 0;
}
