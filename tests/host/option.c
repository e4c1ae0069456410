/* option.c - the command line: what it takes, and that one mistake changes nothing after it. */
#include "harness.h"

#include <kernel/errno.h>
#include <kernel/option.h>
#include <kernel/string.h>

static bool flag;
static unsigned number = 7;
static char word[8];
OPTION_FLAG(host_flag, "host_flag", flag, "for the host tests");
OPTION_UINT(host_number, "host_number", number, 5, 4000000000u, "for the host tests");
OPTION_TEXT(host_word, "host_word", word, "for the host tests");

static char error[120];

static int parse(const char *line)
{
	error[0] = '\0';
	return option_parse(line, error, sizeof(error));
}

static void refused(const char *line, const char *says)
{
	EXPECT_EQ(parse(line), -EINVAL);
	if (!strstr(error, says)) {
		FAIL("\"%s\": the message \"%s\" does not say \"%s\"", line, error, says);
	}
}

TEST(takes_all_kinds)
{
	EXPECT_EQ(parse("  host_flag\thost_number=5  host_word=\"a b c\" "), 0);
	EXPECT(flag);
	EXPECT_EQ(number, 5);
	EXPECT_STR(word, "a b c");
	EXPECT_EQ(parse("host_flag=off host_number=0xee6b2800 host_word="), 0);
	EXPECT(!flag);
	EXPECT_EQ(number, 4000000000u);
	EXPECT_STR(word, "");
	EXPECT_EQ(parse(""), 0);
	EXPECT_EQ(parse("   "), 0);
	EXPECT_EQ(parse("host_word=abcdefg"), 0);
	EXPECT_STR(word, "abcdefg");
	EXPECT_EQ(parse("host_word=a=b"), 0);
	EXPECT_STR(word, "a=b");
}

TEST(refuses_by_name)
{
	refused("host_flga", "host_flga");
	refused("host_fla", "host_fla");
	refused("host_flag=maybe", "maybe");
	refused("host_number", "host_number");
	refused("host_number=", "host_number");
	refused("host_number=4", "5");
	refused("host_number=4000000001", "4000000000");
	refused("host_number=99999999999999999999999999999", "host_number");
	refused("host_number=4294967301", "host_number"); /* 5 in 32 bits */
	refused("host_word", "host_word");
	refused("host_word=abcdefgh", "host_word");
	refused("host_word=\"abc", "quote");
	refused("host_word=\"abc\"d", "blank");
	refused("=5", "name");
	EXPECT_EQ(number, 7);
	EXPECT_STR(word, "");
}

TEST(stops_at_the_first_mistake)
{
	EXPECT_EQ(parse("host_number=9 nonsense host_flag"), -EINVAL);
	EXPECT_EQ(number, 9);
	EXPECT(!flag);
}

/* Whatever the line, parsing ends and stays within its buffers. */
TEST(survives_anything)
{
	static const char pieces[][14] = { "host_flag", "host_number", "host_word", "=", "\"", " ",
		"5", "on", "x", "0x", "\t", "\xff" };

	test_seed(21);
	for (unsigned i = 0; i < 20000; i++) {
		char line[160] = "";
		size_t len = 0;

		for (unsigned n = test_random_below(12); n > 0; n--) {
			len += strlcpy(line + len, pieces[test_random_below(ARRAY_SIZE(pieces))],
				sizeof(line) - len);
		}
		int err = option_parse(line, error, test_random_below(2) ? sizeof(error) : 8);

		EXPECT(err == 0 || err == -EINVAL);
		EXPECT(strlen(word) < sizeof(word));
		EXPECT(number >= 5);
	}
}
