/*
 * fmt.c - C's printf into a buffer, without floating point, with %pS.
 *
 * A conversion is parsed into a struct spec first and carried out afterwards.
 * What the buffer has no room for is counted and dropped.
 */
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>

enum length { LENGTH_CHAR, LENGTH_SHORT, LENGTH_INT, LENGTH_LONG, LENGTH_LONG_LONG };

struct spec {
	bool left, zero, alternate, plus, space;
	int width;
	int precision; /* -1: none given */
	enum length length;
};

struct out {
	char *buf;
	size_t size;
	size_t len; /* of the whole text, also beyond `size` */
};

static void put(struct out *out, char c)
{
	if (out->len + 1 < out->size) {
		out->buf[out->len] = c;
	}
	out->len++;
}

static void put_many(struct out *out, char c, int count)
{
	for (; count > 0; count--) {
		put(out, c);
	}
}

static void put_text(struct out *out, const char *text, size_t len)
{
	for (; len > 0; len--) {
		put(out, *text++);
	}
}

/* `text` within the width of the spec. */
static void put_padded(struct out *out, const struct spec *spec, const char *text, size_t len)
{
	int pad = spec->width - (int)len;

	put_many(out, ' ', spec->left ? 0 : pad);
	put_text(out, text, len);
	put_many(out, ' ', spec->left ? pad : 0);
}

static void put_string(struct out *out, const struct spec *spec, const char *text)
{
	if (!text) {
		text = "(null)";
	}
	put_padded(out, spec, text,
		strnlen(text, spec->precision < 0 ? SIZE_MAX : (size_t)spec->precision));
}

/* ---- numbers ---------------------------------------------------------- */

/* Digits of `value`, most significant first; at least one. Returns how many. */
static int digits_make(char digits[24], uint64_t value, unsigned base, bool upper)
{
	const char *symbols = upper ? "0123456789ABCDEF" : "0123456789abcdef";
	char reversed[24];
	int count = 0;

	do {
		reversed[count++] = symbols[value % base];
		value /= base;
	} while (value);
	for (int i = 0; i < count; i++) {
		digits[i] = reversed[count - 1 - i];
	}
	return count;
}

/* Sign or base in front of the digits, then zeros up to the precision or, for %0, the width. */
static void put_number(struct out *out, const struct spec *spec, uint64_t value, const char *prefix,
	unsigned base, bool upper)
{
	char digits[24];
	int prefix_len = (int)strlen(prefix);
	int count = digits_make(digits, value, base, upper);
	int zeros = spec->precision - count;
	int pad;

	if (spec->precision == 0 && value == 0) {
		count = zeros = 0;
	} else if (spec->precision < 0 && spec->zero && !spec->left) {
		zeros = spec->width - prefix_len - count;
	}
	zeros = MAX(zeros, 0);
	pad = spec->width - prefix_len - zeros - count;
	put_many(out, ' ', spec->left ? 0 : pad);
	put_text(out, prefix, (size_t)prefix_len);
	put_many(out, '0', zeros);
	put_text(out, digits, (size_t)count);
	put_many(out, ' ', spec->left ? pad : 0);
}

static int64_t signed_narrow(int64_t value, enum length length)
{
	switch (length) {
	case LENGTH_CHAR:
		return (signed char)value;
	case LENGTH_SHORT:
		return (short)value;
	default:
		return value;
	}
}

static uint64_t unsigned_narrow(uint64_t value, enum length length)
{
	switch (length) {
	case LENGTH_CHAR:
		return (unsigned char)value;
	case LENGTH_SHORT:
		return (unsigned short)value;
	default:
		return value;
	}
}

static void put_signed(struct out *out, const struct spec *spec, int64_t value)
{
	const char *prefix = "";

	value = signed_narrow(value, spec->length);
	if (value < 0) {
		prefix = "-";
	} else if (spec->plus) {
		prefix = "+";
	} else if (spec->space) {
		prefix = " ";
	}
	put_number(out, spec, value < 0 ? 0 - (uint64_t)value : (uint64_t)value, prefix, 10, false);
}

static void put_unsigned(struct out *out, const struct spec *spec, uint64_t value, char conversion)
{
	unsigned base = 10;
	const char *prefix = "";

	value = unsigned_narrow(value, spec->length);
	if (conversion == 'o') {
		base = 8;
		prefix = spec->alternate && value ? "0" : "";
	} else if (conversion != 'u') {
		base = 16;
		prefix = spec->alternate && value ? (conversion == 'X' ? "0X" : "0x") : "";
	}
	put_number(out, spec, value, prefix, base, conversion == 'X');
}

/* ---- pointers --------------------------------------------------------- */

static void put_symbol(struct out *out, const struct spec *spec, vaddr_t address)
{
	unsigned long offset;
	const char *name = symbol_name(address, &offset);
	char text[96];
	int len;

	len = name ? fmt_print(text, sizeof(text), "%s+%#lx", name, offset)
		   : fmt_print(text, sizeof(text), "%#lx", (unsigned long)address);
	put_padded(out, spec, text, MIN((size_t)len, sizeof(text) - 1));
}

/* %p and %pS; returns how many characters behind the 'p' belong to it. */
static size_t put_pointer(struct out *out, const struct spec *spec, const char *rest, vaddr_t value)
{
	if (rest[0] == 'S') {
		put_symbol(out, spec, value);
		return 1;
	}
	put_number(out, spec, value, "0x", 16, false);
	return 0;
}

/* ---- parsing ---------------------------------------------------------- */

/* A va_list that can be handed on by address (a plain one decays to a pointer when it is passed). */
struct arguments {
	va_list list;
};

static bool flag_parse(struct spec *spec, char c)
{
	switch (c) {
	case '-':
		return spec->left = true;
	case '0':
		return spec->zero = true;
	case '#':
		return spec->alternate = true;
	case '+':
		return spec->plus = true;
	case ' ':
		return spec->space = true;
	default:
		return false;
	}
}

/* A number in the format, or for '*' the next argument. */
static const char *number_parse(const char *p, int *value, struct arguments *args)
{
	if (*p == '*') {
		*value = va_arg(args->list, int);
		return p + 1;
	}
	for (*value = 0; *p >= '0' && *p <= '9'; p++) {
		*value = *value * 10 + (*p - '0');
	}
	return p;
}

static const char *length_parse(const char *p, enum length *length)
{
	switch (*p) {
	case 'h':
		*length = p[1] == 'h' ? LENGTH_CHAR : LENGTH_SHORT;
		return p + (p[1] == 'h' ? 2 : 1);
	case 'l':
		*length = p[1] == 'l' ? LENGTH_LONG_LONG : LENGTH_LONG;
		return p + (p[1] == 'l' ? 2 : 1);
	case 'z':
	case 't':
		*length = LENGTH_LONG;
		return p + 1;
	case 'j':
		*length = LENGTH_LONG_LONG;
		return p + 1;
	default:
		*length = LENGTH_INT;
		return p;
	}
}

/* Everything between the '%' and the conversion; returns where that stands. */
static const char *spec_parse(const char *p, struct spec *spec, struct arguments *args)
{
	*spec = (struct spec){ .precision = -1 };
	while (flag_parse(spec, *p)) {
		p++;
	}
	p = number_parse(p, &spec->width, args);
	if (spec->width < 0) {
		spec->left = true;
		spec->width = -spec->width;
	}
	if (*p == '.') {
		p = number_parse(p + 1, &spec->precision, args);
	}
	return length_parse(p, &spec->length);
}

static int64_t signed_take(const struct spec *spec, struct arguments *args)
{
	switch (spec->length) {
	case LENGTH_LONG_LONG:
		return va_arg(args->list, long long);
	case LENGTH_LONG:
		return va_arg(args->list, long);
	default:
		return va_arg(args->list, int);
	}
}

static uint64_t unsigned_take(const struct spec *spec, struct arguments *args)
{
	switch (spec->length) {
	case LENGTH_LONG_LONG:
		return va_arg(args->list, unsigned long long);
	case LENGTH_LONG:
		return va_arg(args->list, unsigned long);
	default:
		return va_arg(args->list, unsigned);
	}
}

static void put_char(struct out *out, const struct spec *spec, char c)
{
	put_padded(out, spec, &c, 1);
}

/* Carry out the conversion at `p`; returns what follows it. */
static const char *convert(
	struct out *out, const struct spec *spec, const char *p, struct arguments *args)
{
	switch (*p) {
	case 'd':
	case 'i':
		put_signed(out, spec, signed_take(spec, args));
		return p + 1;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		put_unsigned(out, spec, unsigned_take(spec, args), *p);
		return p + 1;
	case 'c':
		put_char(out, spec, (char)va_arg(args->list, int));
		return p + 1;
	case 's':
		put_string(out, spec, va_arg(args->list, const char *));
		return p + 1;
	case 'p':
		return p + 1 + put_pointer(out, spec, p + 1, (vaddr_t)va_arg(args->list, void *));
	case '%':
		put(out, '%');
		return p + 1;
	default: /* none of ours: shown as it stands, so that it gets noticed */
		put(out, '%');
		return p;
	}
}

int fmt_vprint(char *buf, size_t size, const char *fmt, va_list args)
{
	struct out out = { .buf = buf, .size = size };
	struct arguments left;
	struct spec spec;

	va_copy(left.list, args);
	while (*fmt) {
		if (*fmt == '%') {
			fmt = spec_parse(fmt + 1, &spec, &left);
			fmt = convert(&out, &spec, fmt, &left);
		} else {
			put(&out, *fmt++);
		}
	}
	va_end(left.list);
	if (size > 0) {
		buf[MIN(out.len, size - 1)] = '\0';
	}
	return (int)out.len;
}

int fmt_print(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = fmt_vprint(buf, size, fmt, args);
	va_end(args);
	return len;
}
