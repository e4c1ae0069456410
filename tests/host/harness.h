/*
 * harness.h - host tests: the kernel's real sources over the model of Xen.
 *
 * All tests are in one program. A file of tests/host is a suite; the program run
 * under the file's name runs that suite and prints for each test one line
 *     ok NAME
 *     FAIL NAME: why
 * Each test runs in a process of its own, so it starts from a fresh image and may
 * end in a panic, which it then announces.
 *
 *     TEST(name)                        no machine, the host's stack
 *     TEST_MACHINE(name, .seed = 3)     a machine; memory and heap initialized
 *     TEST_BOOTED(name, "options", ...) kernel_main() ran; the body is a monitor command
 */
#ifndef TESTS_HOST_HARNESS_H
#define TESTS_HOST_HARNESS_H

#include <fake/model.h>

enum test_kind { TEST_PLAIN, TEST_WITH_MACHINE, TEST_IN_KERNEL };

struct test {
	const char *file, *name;
	void (*run)(void);
	enum test_kind kind;
	struct model_options options;
	const char *command_line;
	struct test *next;
};

void test_register(struct test *test);

#define TEST_DEFINE(id, ...)                                                                       \
	static void test_##id(void);                                                               \
	static __attribute__((constructor)) void test_register_##id(void)                          \
	{                                                                                          \
		static struct test test = { __FILE__, #id, test_##id, __VA_ARGS__ };               \
		test_register(&test);                                                              \
	}                                                                                          \
	static void test_##id(void)

#define TEST(id)		   TEST_DEFINE(id, TEST_PLAIN, { 0 }, "", 0)
#define TEST_MACHINE(id, ...)	   TEST_DEFINE(id, TEST_WITH_MACHINE, { __VA_ARGS__ }, "", 0)
#define TEST_BOOTED(id, line, ...) TEST_DEFINE(id, TEST_IN_KERNEL, { __VA_ARGS__ }, line, 0)

/* The test failed; does not return. */
void test_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((format(printf, 3, 4), noreturn));

#define FAIL(...) test_fail(__FILE__, __LINE__, __VA_ARGS__)
#define EXPECT(cond)                                                                               \
	do {                                                                                       \
		if (!(cond)) {                                                                     \
			FAIL("%s", #cond);                                                         \
		}                                                                                  \
	} while (0)
#define EXPECT_EQ(a, b)                                                                            \
	do {                                                                                       \
		long long a_ = (long long)(a), b_ = (long long)(b);                                \
		if (a_ != b_) {                                                                    \
			FAIL("%s is %lld, not %s = %lld", #a, a_, #b, b_);                         \
		}                                                                                  \
	} while (0)
#define EXPECT_STR(a, b) test_expect_str(__FILE__, __LINE__, #a, a, b)
void test_expect_str(
	const char *file, int line, const char *what, const char *got, const char *want);

/* From here on the test has to end in a panic whose log holds `text`; then `after` (may be NULL) runs. */
void expect_panic(const char *text, void (*after)(void));
/* The same for a rule of the model, which holds for what Xen cannot enforce. */
void expect_violation(const char *text);
/* The machine's orderly end passes the test, after `after` (may be NULL). */
void expect_end(void (*after)(void));

/* How often a text stands in the kernel's log. */
unsigned times_logged(const char *text);

/* Seeded pseudo-random numbers; the seed of a failing test is printed. TEST_SEED=N in the environment adds N. */
uint32_t test_random(void);
uint32_t test_random_below(uint32_t n);
void test_seed(uint32_t seed);

/* Of the test that runs. */
const char *test_name(void);

/* Text without a verdict, to standard output. */
void test_print(const char *text);

#endif
