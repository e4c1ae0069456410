/*
 * harness_guest.c - the kernel's half of the harness: bring the kernel up as far
 * as the test wants it, and judge how the machine ended.
 */
#include "harness.h"
#include "harness_guest.h"

#include <arch/boot.h>
#include <fake/boot.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/page.h>
#include <kernel/string.h>
#include <xen/sched.h>

static const struct test *current;
static const char *panic_wanted, *violation_wanted;
static void (*end_hook)(void);
static bool end_wanted;
static char logged[65536];

const char *test_name(void)
{
	return current->name;
}

void expect_panic(const char *text, void (*after)(void))
{
	panic_wanted = text;
	end_hook = after;
}

void expect_violation(const char *text)
{
	violation_wanted = text;
}

void expect_end(void (*after)(void))
{
	end_wanted = true;
	end_hook = after;
}

void guest_log_dump(void)
{
	log_read(logged, sizeof(logged));
	harness_stderr(logged);
	if (model_refusals()) {
		harness_stderr("model: last refusal: ");
		harness_stderr(model_refusal());
		harness_stderr("\n");
	}
}

unsigned times_logged(const char *text)
{
	unsigned count = 0;

	log_read(logged, sizeof(logged));
	for (const char *at = logged; (at = strstr(at, text)); at++) {
		count++;
	}
	return count;
}

static void __noreturn crash_judge(void)
{
	log_read(logged, sizeof(logged));
	if (!panic_wanted) {
		harness_fail("the kernel panicked");
	}
	if (!harness_contains(logged, panic_wanted)) {
		harness_fail("the panic does not say \"%s\"", panic_wanted);
	}
	if (end_hook) {
		end_hook();
	}
	harness_pass();
}

void fake_shutdown(unsigned reason)
{
	if (reason == SHUTDOWN_crash) {
		crash_judge();
	}
	if (!end_wanted) {
		harness_fail("the machine ended, reason %u", reason);
	}
	if (end_hook) {
		end_hook();
	}
	harness_pass();
}

void fake_violation(const char *text)
{
	if (!violation_wanted || !harness_contains(text, violation_wanted)) {
		harness_fail("model: %s", text);
	}
	harness_pass();
}

static void body_run(void)
{
	current->run();
	if (panic_wanted || violation_wanted) {
		harness_fail("the machine should have ended: %s",
			panic_wanted ? panic_wanted : violation_wanted);
	}
	harness_pass();
}

/* In the thread of the monitor, everything running. */
MONITOR_COMMAND(hosttest, "- run the body of the host test")
{
	body_run();
	return 0;
}

static void machine_run(void *arg)
{
	page_init();
	heap_init();
	port_init_traps();
	body_run();
}

void guest_test_run(const struct test *test)
{
	static char line[1024];

	current = test;
	if (test->kind == TEST_PLAIN) {
		body_run();
	}
	strlcpy(line, test->command_line, sizeof(line));
	if (test->kind == TEST_IN_KERNEL) {
		/* A test of its own "run=" wants the machine to end by it. */
		if (!strstr(line, "run=")) {
			fmt_print(line, sizeof(line), "run=hosttest %s", test->command_line);
		}
		fake_machine_make(&test->options, line);
		if (strstr(test->command_line, "run=")) {
			test->run();
		}
		fake_kernel_run();
	}
	fake_machine_make(&test->options, line);
	fake_on_boot_stack(machine_run, NULL);
}
