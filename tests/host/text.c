/*
 * text.c - the kernel's string functions and formatter, against the host C library's as the oracle.
 *
 * Formats are generated: every flag, width, precision, length and conversion that
 * the kernel's printf promises (no floating point), over values at the edges.
 */
#include "harness.h"

#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>

int harness_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static const uint64_t edges[] = { 0, 1, 9, 10, 127, 128, 255, 256, 32767, 32768, 65535, INT32_MAX,
	(uint64_t)INT32_MAX + 1, UINT32_MAX, (uint64_t)UINT32_MAX + 1, INT64_MAX,
	(uint64_t)INT64_MAX + 1, UINT64_MAX, 0xdeadbeef, 07777 };

static uint64_t value_any(void)
{
	uint64_t v = edges[test_random_below(ARRAY_SIZE(edges))];

	return test_random_below(2) ? v : 0 - v;
}

/* "%" flags width precision; returns where the rest goes. */
static size_t spec_make(char *f)
{
	static const char flags[] = "-0#+ ";
	size_t n = 0;

	f[n++] = '%';
	for (unsigned i = 0; i < 5; i++) {
		if (!test_random_below(3)) {
			f[n++] = flags[i];
		}
	}
	if (test_random_below(2)) {
		n += (size_t)harness_snprintf(f + n, 8, "%u", 1 + test_random_below(24));
	}
	if (!test_random_below(3)) {
		n += (size_t)harness_snprintf(f + n, 8, ".%u", test_random_below(22));
	}
	return n;
}

static void same(const char *format, int got_len, const char *got, int want_len, const char *want)
{
	if (got_len != want_len || strcmp(got, want)) {
		FAIL("\"%s\" gives \"%s\" (%d), not \"%s\" (%d)", format, got, got_len, want,
			want_len);
	}
}

#pragma GCC diagnostic ignored "-Wformat-nonliteral"
#pragma GCC diagnostic ignored "-Wformat-security"
#pragma GCC diagnostic ignored "-Wformat"

#define BOTH(format, ...)                                                                          \
	do {                                                                                       \
		char a_[160], b_[160];                                                             \
		size_t size_ = test_random_below(4) ? sizeof(a_) : test_random_below(12);          \
		int n_, m_;                                                                        \
		memset(a_, 'x', sizeof(a_));                                                       \
		memset(b_, 'x', sizeof(b_));                                                       \
		n_ = fmt_print(a_, size_, format, __VA_ARGS__);                                    \
		m_ = harness_snprintf(b_, size_, format, __VA_ARGS__);                             \
		a_[159] = b_[159] = '\0';                                                          \
		same(format, n_, a_, m_, b_);                                                      \
	} while (0)

TEST(numbers_like_the_c_library)
{
	static const char *const lengths[] = { "", "h", "hh", "l", "ll", "z", "j", "t" };
	static const char conversions[] = "diuxXo";

	test_seed(11);
	for (unsigned i = 0; i < 20000; i++) {
		char f[40];
		size_t n = spec_make(f);
		unsigned length = test_random_below(8);
		char c = conversions[test_random_below(6)];

		harness_snprintf(f + n, sizeof(f) - n, "%s%c|", lengths[length], c);
		uint64_t value = value_any();

		if (c == 'o' && strchr(f, '#')) {
			continue; /* nobody prints octal with a prefix */
		}
		if (length < 3) {
			BOTH(f, (int)value);
		} else {
			BOTH(f, (long)value);
		}
	}
}

TEST(strings_like_the_c_library)
{
	static const char *const texts[] = { "", "a", "hello",
		"a rather long text, longer than widths" };

	test_seed(12);
	for (unsigned i = 0; i < 3000; i++) {
		char f[40] = "<%";
		size_t n = 2;

		if (test_random_below(2)) {
			f[n++] = '-';
		}
		n += (size_t)harness_snprintf(
			f + n, 16, test_random_below(2) ? "%u" : "", test_random_below(20) + 1);
		n += (size_t)harness_snprintf(
			f + n, 16, test_random_below(2) ? ".%u" : "", test_random_below(9));
		strlcpy(f + n, "s>%c%%", sizeof(f) - n);
		const char *text = texts[test_random_below(4)];

		BOTH(f, text, 'q');
	}
	BOTH("%*d|%-*d|%.*s", 5, 42, 6, -42, 3, "abcdef");
	BOTH("%*d|%.*d", -7, 3, -1, 9);
}

static void __noinline known_function(void)
{
	__asm__ volatile("nop; nop; nop; nop");
}

TEST(symbols_have_names)
{
	char text[64];
	unsigned long offset;
	const char *name = symbol_name((vaddr_t)known_function, &offset);

	EXPECT_STR(name, "known_function");
	EXPECT_EQ(offset, 0);
	fmt_print(text, sizeof(text), "%pS", (char *)known_function + 1);
	EXPECT_STR(text, "known_function+0x1");
	EXPECT(!symbol_name(0, &offset));
	EXPECT(!symbol_name(~0ul, &offset));
	EXPECT(!symbol_name((vaddr_t)text, &offset));
}

static int sign(int v)
{
	return (v > 0) - (v < 0);
}

static char letter(void)
{
	static const char letters[] = "abc/\x80\xff";

	return letters[test_random_below(sizeof(letters) - 1)];
}

/* By definition, byte by byte. */
static int compare(const char *a, const char *b, size_t n, bool ends)
{
	for (size_t i = 0; i < n; i++) {
		if (a[i] != b[i]) {
			return (unsigned char)a[i] < (unsigned char)b[i] ? -1 : 1;
		}
		if (ends && !a[i]) {
			break;
		}
	}
	return 0;
}

TEST(comparisons)
{
	test_seed(13);
	for (unsigned i = 0; i < 20000; i++) {
		char a[12] = "", b[12] = "";
		unsigned n = test_random_below(10);

		for (unsigned j = 0; j < n; j++) {
			a[j] = letter();
			b[j] = test_random_below(5) ? a[j] : letter();
		}
		unsigned limit = test_random_below(12);

		EXPECT_EQ(sign(strcmp(a, b)), compare(a, b, 12, true));
		EXPECT_EQ(sign(strncmp(a, b, limit)), compare(a, b, limit, true));
		EXPECT_EQ(sign(memcmp(a, b, limit)), compare(a, b, limit, false));
		EXPECT_EQ(strlen(a), n);
		EXPECT_EQ(strnlen(a, limit), MIN(n, limit));
	}
}

TEST(moves_overlap)
{
	test_seed(14);
	for (unsigned i = 0; i < 20000; i++) {
		unsigned char area[64], want[64];
		unsigned from = test_random_below(40), to = test_random_below(40);
		unsigned n = test_random_below(24);

		for (unsigned j = 0; j < sizeof(area); j++) {
			area[j] = want[j] = (unsigned char)test_random();
		}
		for (unsigned j = 0; j < n; j++) {
			want[to + j] = area[from + j];
		}
		EXPECT(memmove(area + to, area + from, n) == area + to);
		EXPECT_EQ(memcmp(area, want, sizeof(area)), 0);
	}
}

TEST(searches)
{
	const char *s = "/local/domain/7";

	EXPECT(strchr(s, 'd') == s + 7);
	EXPECT(strchr(s, '\0') == s + strlen(s));
	EXPECT(!strchr(s, 'z'));
	EXPECT(strrchr(s, '/') == s + 13);
	EXPECT(!strrchr(s, 'z'));
	EXPECT(strstr(s, "domain") == s + 7);
	EXPECT(strstr(s, "") == s);
	EXPECT(!strstr(s, "domain/8"));
	EXPECT(strstr("aaab", "aab"));
}

TEST(bounded_copy)
{
	char buf[6];

	memset(buf, 'x', sizeof(buf));
	EXPECT_EQ(strlcpy(buf, "hello world", 5), 11);
	EXPECT_STR(buf, "hell");
	EXPECT_EQ(buf[5], 'x');
	EXPECT_EQ(strlcpy(buf, "", 1), 0);
	EXPECT_EQ(buf[0], '\0');
	EXPECT_EQ(strlcpy(buf, "abc", 0), 3);
}

TEST(numbers_are_parsed_whole)
{
	uint64_t v;

	EXPECT(!str_to_u64("0", &v) && v == 0);
	EXPECT(!str_to_u64("18446744073709551615", &v) && v == UINT64_MAX);
	EXPECT(!str_to_u64("0xFFFFffffFFFFffff", &v) && v == UINT64_MAX);
	EXPECT(!str_to_u64("0x1f", &v) && v == 31);
	EXPECT_EQ(str_to_u64("18446744073709551616", &v), -ERANGE);
	EXPECT_EQ(str_to_u64("0x10000000000000000", &v), -ERANGE);
	EXPECT_EQ(str_to_u64("", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("0x", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("12a", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("-1", &v), -EINVAL);
	EXPECT_EQ(str_to_u64(" 1", &v), -EINVAL);
	EXPECT_EQ(str_to_u64("1 ", &v), -EINVAL);
}

TEST(errors_have_names)
{
	EXPECT_STR(errno_name(22), "EINVAL");
	EXPECT_STR(errno_name(-22), "EINVAL");
	EXPECT_STR(errno_name(-2), "ENOENT");
	EXPECT_STR(errno_name(99999), "E?");
}
