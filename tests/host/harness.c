/*
 * harness.c - the host's half of the harness: find the suite, fork, report.
 *
 * A test's process tells its verdict through a shared page; what it cannot tell
 * (a signal, the sanitizer) the exit status does.
 */
#define _GNU_SOURCE
#include "harness.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../arch/fake/model/host.h"
#include "harness_guest.h"

int harness_snprintf(char *buf, size_t size, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define TEST_SECONDS 100

struct report {
	int is_failed;
	uint32_t seed;
	char why[512];
};

static struct test *tests;
static struct report *report;
static uint32_t random_state = 1;
static int is_verbose;

/* The sanitizers' settings; leaks mean nothing in a process that just ends. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
	return "detect_leaks=0:allow_user_segv_handler=1:detect_stack_use_after_return=0:"
	       "handle_abort=0:abort_on_error=0";
}

const char *__ubsan_default_options(void);
const char *__ubsan_default_options(void)
{
	return "print_stacktrace=1:halt_on_error=1";
}

void host_die(const char *what)
{
	perror(what);
	exit(3);
}

void test_register(struct test *test)
{
	test->next = tests;
	tests = test;
}

/* ---- called by the tests -------------------------------------------------- */

static void fail_text(const char *fmt, va_list args)
{
	if (!report->is_failed) {
		report->is_failed = 1;
		vsnprintf(report->why, sizeof(report->why), fmt, args);
	}
}

void harness_fail(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	fail_text(fmt, args);
	va_end(args);
	guest_log_dump();
	_exit(1);
}

void test_fail(const char *file, int line, const char *fmt, ...)
{
	char text[400];
	va_list args;

	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	harness_fail("%s:%d: %s", file, line, text);
}

void test_expect_str(
	const char *file, int line, const char *what, const char *got, const char *want)
{
	if (!got || strcmp(got, want)) {
		test_fail(file, line, "%s is \"%s\", not \"%s\"", what, got ? got : "(null)", want);
	}
}

void harness_pass(void)
{
	fflush(stdout);
	_exit(0);
}

void harness_stderr(const char *text)
{
	fputs(text, stderr);
}

void test_print(const char *text)
{
	fputs(text, stdout);
	fflush(stdout);
}

int harness_contains(const char *hay, const char *needle)
{
	return strstr(hay, needle) != NULL;
}

int harness_snprintf(char *buf, size_t size, const char *fmt, ...)
{
	va_list args;
	int n;

	va_start(args, fmt);
	n = vsnprintf(buf, size, fmt, args);
	va_end(args);
	return n;
}

void test_seed(uint32_t seed)
{
	const char *other = getenv("TEST_SEED");

	seed += other ? (uint32_t)strtoul(other, NULL, 0) : 0;
	report->seed = seed;
	random_state = seed * 2654435761u + 1;
}

uint32_t test_random(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

uint32_t test_random_below(uint32_t n)
{
	return test_random() % n;
}

/* ---- running ---------------------------------------------------------------- */

static void child(const struct test *test)
{
	signal(SIGALRM, SIG_DFL);
	alarm(TEST_SECONDS);
	guest_test_run(test);
	harness_pass();
}

static int is_passed(const struct test *test, int status)
{
	if (WIFSIGNALED(status)) {
		printf("FAIL %s: signal %d (%s)\n", test->name, WTERMSIG(status),
			strsignal(WTERMSIG(status)));
	} else if (report->is_failed) {
		printf("FAIL %s: %s\n", test->name, report->why);
	} else if (status) {
		printf("FAIL %s: exit status %d, see above\n", test->name, WEXITSTATUS(status));
	} else {
		printf("ok %s\n", test->name);
		return 1;
	}
	if (report->seed) {
		printf("# %s: seed %u\n", test->name, report->seed);
	}
	return 0;
}

static int run(const struct test *test)
{
	int status;
	pid_t pid;

	memset(report, 0, sizeof(*report));
	fflush(stdout);
	pid = fork();
	if (pid < 0) {
		host_die("fork");
	}
	if (!pid) {
		child(test);
	}
	if (waitpid(pid, &status, 0) != pid) {
		host_die("waitpid");
	}
	return is_passed(test, status);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

static int is_in_suite(const struct test *test, const char *suite)
{
	const char *file = base_name(test->file);
	size_t len = strcspn(file, ".");

	return !strcmp(suite, "host") || (strlen(suite) == len && !strncmp(file, suite, len));
}

static int is_wanted(const struct test *test, int argc, char **argv)
{
	int any = 0;

	for (int i = 1; i < argc; i++) {
		if (argv[i][0] != '-') {
			any = 1;
			if (!strcmp(argv[i], test->name)) {
				return 1;
			}
		}
	}
	return !any;
}

/* Registration is in reverse order of definition. */
static void tests_reverse(void)
{
	struct test *reversed = NULL;

	while (tests) {
		struct test *next = tests->next;

		tests->next = reversed;
		reversed = tests;
		tests = next;
	}
	tests = reversed;
}

int main(int argc, char **argv)
{
	int failed = 0, ran = 0;

	tests_reverse();
	report = mmap(
		NULL, sizeof(*report), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (report == MAP_FAILED) {
		host_die("report page");
	}
	is_verbose = argc > 1 && !strcmp(argv[1], "-v");
	for (struct test *t = tests; t; t = t->next) {
		if (is_in_suite(t, base_name(argv[0])) && is_wanted(t, argc, argv)) {
			ran++;
			failed += !run(t);
		}
	}
	if (!ran) {
		fprintf(stderr, "%s: no such test\n", argv[0]);
		return 3;
	}
	return failed ? 1 : 0;
}

int harness_is_verbose(void)
{
	return is_verbose;
}
