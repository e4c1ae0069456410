/* fmt.c - formatting, string functions, error names. */
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>

#define EXPECT_FORMAT(expected, ...)                                                               \
	do {                                                                                       \
		char text_[80];                                                                    \
		int len_ = fmt_print(text_, sizeof(text_), __VA_ARGS__);                           \
		if (strcmp(text_, expected) != 0 || len_ != (int)strlen(expected)) {               \
			ktest_verdict(KTEST_FAILURE, "line %d: \"%s\" is not \"%s\"", __LINE__,    \
				text_, expected);                                                  \
		}                                                                                  \
	} while (0)

KTEST(fmt_integers)
{
	const char *volatile narrow = "%hhd %hhu %hd %hu"; /* a compiler that sees it complains */

	EXPECT_FORMAT("0 -1 42", "%d %d %i", 0, -1, 42);
	EXPECT_FORMAT("-2147483648", "%d", (int)(-2147483647 - 1));
	EXPECT_FORMAT("-9223372036854775808", "%lld", -9223372036854775807ll - 1);
	EXPECT_FORMAT("18446744073709551615", "%llu", ~0ull);
	if (sizeof(long) == 8) {
		EXPECT_FORMAT("-9223372036854775808", "%ld", -(long)(~0ul >> 1) - 1);
		EXPECT_FORMAT("18446744073709551615", "%lu", ~0ul);
	} else {
		EXPECT_FORMAT("-2147483648 4294967295", "%ld %lu", -(long)(~0ul >> 1) - 1, ~0ul);
	}
	EXPECT_FORMAT("ffffffffffffffff", "%llx", ~0ull);
	EXPECT_FORMAT("4294967295", "%u", ~0u);
	EXPECT_FORMAT("-1 255 -1 65535", narrow, 0xff, 0x1ff, 0xffff, 0x1ffff);
	EXPECT_FORMAT("7 8", "%zu %td", (size_t)7, (ptrdiff_t)8);
	EXPECT_FORMAT("deadBEEF"
		      "DEADBEEF",
		"%x%s%X", 0xdead, "BEEF", 0xdeadbeef);
	EXPECT_FORMAT("0x1f 0X1F 017 0", "%#x %#X %#o %#x", 0x1f, 0x1f, 15, 0);
}

KTEST(fmt_width_and_precision)
{
	const char *volatile no_text = NULL; /* the compiler objects to one that it sees */

	EXPECT_FORMAT("[    5][5    ][00005]", "[%5d][%-5d][%05d]", 5, 5, 5);
	EXPECT_FORMAT("[   -5][-0005]", "[%5d][%05d]", -5, -5);
	EXPECT_FORMAT("[0x001f][  0x1f]", "[%#06x][%#6x]", 0x1f, 0x1f);
	EXPECT_FORMAT("[  007][-007][]", "[%5.3d][%.3d][%.0d]", 7, -7, 0);
	EXPECT_FORMAT("[+3][ 3][-3]", "[%+d][% d][%+d]", 3, 3, -3);
	EXPECT_FORMAT("[   12][12   ]", "[%*d][%*d]", 5, 12, -5, 12);
	EXPECT_FORMAT("[  abc][abc  ][ab]", "[%5s][%-5s][%.2s]", "abc", "abc", "abc");
	EXPECT_FORMAT("[ab][  c]", "[%.*s][%3c]", 2, "abcdef", 'c');
	EXPECT_FORMAT("(null) 100%", "%s 100%%", no_text);
}

KTEST(fmt_pointers)
{
	EXPECT_FORMAT("0x0 0x1234", "%p %p", NULL, (void *)0x1234);
	EXPECT_FORMAT("0x10", "%pS", (void *)0x10); /* no function there */
}

KTEST(fmt_truncates)
{
	char text[8];

	memset(text, 'x', sizeof(text));
	KTEST_EXPECT(fmt_print(text, 5, "abcdefgh") == 8);
	KTEST_EXPECT(!strcmp(text, "abcd") && text[5] == 'x');
	KTEST_EXPECT(fmt_print(text, 1, "abc") == 3 && text[0] == '\0');
	text[0] = 'y';
	KTEST_EXPECT(fmt_print(text, 0, "abc") == 3 && text[0] == 'y');
	KTEST_EXPECT(fmt_print(NULL, 0, "%d", 12345) == 5);
}

KTEST(string_copies)
{
	unsigned char from[80], to[96];

	for (unsigned i = 0; i < sizeof(from); i++) {
		from[i] = (unsigned char)(i + 1);
	}
	for (size_t len = 0; len <= sizeof(from); len++) {
		for (size_t at = 0; at < 9; at++) {
			memset(to, 0xee, sizeof(to));
			memcpy(to + at, from, len);
			KTEST_REQUIRE(!memcmp(to + at, from, len));
			KTEST_REQUIRE(to[at + len] == 0xee && (!at || to[at - 1] == 0xee));
		}
	}
}

/* Every overlap of up to 40 bytes in both directions, against a copy made byte by byte. */
KTEST(string_moves)
{
	unsigned char memory[128], expected[128];

	for (size_t len = 0; len <= 70; len++) {
		for (size_t to = 0; to <= 48; to++) {
			size_t from = 24;

			for (size_t i = 0; i < sizeof(memory); i++) {
				memory[i] = expected[i] = (unsigned char)(i * 7 + 1);
			}
			for (size_t i = 0; i < len; i++) {
				expected[to + i] = (unsigned char)((from + i) * 7 + 1);
			}
			memmove(memory + to, memory + from, len);
			KTEST_REQUIRE(!memcmp(memory, expected, sizeof(memory)));
		}
	}
}

KTEST(string_compares)
{
	KTEST_EXPECT(strcmp("a", "b") < 0 && strcmp("b", "a") > 0 && !strcmp("ab", "ab"));
	KTEST_EXPECT(strcmp("a", "ab") < 0 && strcmp("\x80", "a") > 0);
	KTEST_EXPECT(!strncmp("abc", "abd", 2) && strncmp("abc", "abd", 3) < 0);
	KTEST_EXPECT(memcmp("\x01\xff", "\x01\x02", 2) > 0 && !memcmp("x", "y", 0));
	KTEST_EXPECT(strlen("") == 0 && strlen("abc") == 3 && strnlen("abc", 2) == 2);
}

KTEST(string_searches)
{
	const char *text = "a.b.c";

	KTEST_EXPECT(strchr(text, '.') == text + 1 && strrchr(text, '.') == text + 3);
	KTEST_EXPECT(!strchr(text, 'x') && strchr(text, '\0') == text + 5);
	KTEST_EXPECT(strstr(text, "b.") == text + 2 && strstr(text, "") == text);
	KTEST_EXPECT(!strstr(text, "c.") && !strstr("", "a"));
}

KTEST(string_truncating_copy)
{
	char text[4];

	KTEST_EXPECT(strlcpy(text, "abcdef", sizeof(text)) == 6 && !strcmp(text, "abc"));
	KTEST_EXPECT(strlcpy(text, "x", sizeof(text)) == 1 && !strcmp(text, "x"));
	KTEST_EXPECT(strlcpy(text, "abc", 0) == 3 && !strcmp(text, "x"));
}

KTEST(string_numbers)
{
	uint64_t v = 7;

	KTEST_EXPECT(!str_to_u64("0", &v) && v == 0);
	KTEST_EXPECT(!str_to_u64("18446744073709551615", &v) && v == UINT64_MAX);
	KTEST_EXPECT(!str_to_u64("0xfFFf0000", &v) && v == 0xffff0000);
	v = 7;
	KTEST_EXPECT(str_to_u64("18446744073709551616", &v) == -ERANGE);
	KTEST_EXPECT(str_to_u64("0x10000000000000000", &v) == -ERANGE);
	KTEST_EXPECT(str_to_u64("", &v) == -EINVAL && str_to_u64("0x", &v) == -EINVAL);
	KTEST_EXPECT(str_to_u64("12a", &v) == -EINVAL && str_to_u64("-1", &v) == -EINVAL);
	KTEST_EXPECT(str_to_u64(" 1", &v) == -EINVAL && str_to_u64("1 ", &v) == -EINVAL);
	KTEST_EXPECT(v == 7);
}

KTEST(errno_names)
{
	KTEST_EXPECT(!strcmp(errno_name(-EINVAL), "EINVAL"));
	KTEST_EXPECT(!strcmp(errno_name(ENOMEM), "ENOMEM"));
	KTEST_EXPECT(!strcmp(errno_name(0), "E?") && !strcmp(errno_name(4711), "E?"));
	KTEST_EXPECT(!strcmp(errno_name((int)0x80000000u), "E?"));
}
