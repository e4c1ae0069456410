/* option.c - the command line's parser, on options that exist for this test only. */
#include <kernel/errno.h>
#include <kernel/ktest.h>
#include <kernel/option.h>
#include <kernel/string.h>

static bool flag;
static unsigned number;
static char text[8];

OPTION_FLAG(ktest_flag, "ktest-flag", flag, "for the test of this parser");
OPTION_UINT(ktest_number, "ktest-number", number, 2, 4000000000, "for the test of this parser");
OPTION_TEXT(ktest_text, "ktest-text", text, "for the test of this parser");

static char error[128];

static int parse(const char *line)
{
	error[0] = '\0';
	return option_parse(line, error, sizeof(error));
}

/* Refused, with a message that has `word`. */
static bool is_refused(const char *line, const char *word)
{
	return parse(line) == -EINVAL && strstr(error, word);
}

KTEST(option_flags)
{
	flag = false;
	KTEST_EXPECT(!parse("ktest-flag") && flag);
	KTEST_EXPECT(!parse("ktest-flag=off") && !flag);
	KTEST_EXPECT(!parse(" \tktest-flag=on  ") && flag);
	KTEST_EXPECT(!parse("ktest-flag=\"off\"") && !flag);
	KTEST_EXPECT(is_refused("ktest-flag=yes", "ktest-flag"));
	KTEST_EXPECT(is_refused("ktest-flag=", "ktest-flag") && !flag);
}

KTEST(option_numbers)
{
	number = 0;
	KTEST_EXPECT(!parse("ktest-number=2") && number == 2);
	KTEST_EXPECT(!parse("ktest-number=4000000000") && number == 4000000000);
	KTEST_EXPECT(!parse("ktest-number=0x10") && number == 16);
	KTEST_EXPECT(is_refused("ktest-number=1", "2 to 4000000000"));
	KTEST_EXPECT(is_refused("ktest-number=4000000001", "ktest-number"));
	KTEST_EXPECT(is_refused("ktest-number=18446744073709551618", "ktest-number"));
	KTEST_EXPECT(is_refused("ktest-number=000000000000000000000000000005", "ktest-number"));
	KTEST_EXPECT(is_refused("ktest-number=5x", "5x"));
	KTEST_EXPECT(is_refused("ktest-number", "ktest-number") && number == 16);
}

KTEST(option_texts)
{
	KTEST_EXPECT(!parse("ktest-text=abc") && !strcmp(text, "abc"));
	KTEST_EXPECT(!parse("ktest-text=\"a b;c\" ktest-flag") && !strcmp(text, "a b;c") && flag);
	KTEST_EXPECT(!parse("ktest-text=a=b") && !strcmp(text, "a=b"));
	KTEST_EXPECT(!parse("ktest-text=1234567") && !strcmp(text, "1234567"));
	KTEST_EXPECT(is_refused("ktest-text=12345678", "8 characters"));
	KTEST_EXPECT(!parse("ktest-text=\"\"") && !text[0]);
	KTEST_EXPECT(!parse("ktest-text=") && !text[0]);
	KTEST_EXPECT(is_refused("ktest-text", "value"));
	KTEST_EXPECT(is_refused("ktest-text=\"abc", "not closed"));
	KTEST_EXPECT(is_refused("ktest-text=\"a\"b", "closing quote"));
}

KTEST(option_unknown)
{
	KTEST_EXPECT(is_refused("ktest-fla", "\"ktest-fla\""));
	KTEST_EXPECT(is_refused("ktest-flagg=on", "ktest-flagg"));
	KTEST_EXPECT(is_refused("=5", "=5"));
	KTEST_EXPECT(is_refused("-", "-"));
	KTEST_EXPECT(!parse("") && !parse("   "));
}

KTEST(option_stops_at_first_error)
{
	flag = false;
	number = 0;
	KTEST_EXPECT(is_refused("ktest-number=3 ktest-nothing ktest-flag", "ktest-nothing"));
	KTEST_EXPECT(number == 3 && !flag);
}
