/* harness_guest.h - between the host's half of the harness and the half that is compiled as kernel code. */
#ifndef TESTS_HOST_HARNESS_GUEST_H
#define TESTS_HOST_HARNESS_GUEST_H

struct test;

/* Run a test in this process; returns when its body did. */
void guest_test_run(const struct test *test);

/* The kernel's log, to standard error. */
void guest_log_dump(void);

void harness_fail(const char *fmt, ...) __attribute__((format(printf, 1, 2), noreturn));
void harness_pass(void) __attribute__((noreturn));
void harness_stderr(const char *text);
int harness_contains(const char *hay, const char *needle);
int harness_is_verbose(void);

#endif
