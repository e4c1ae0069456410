/*
 * domain.c - a domain's life and its console.
 *
 * Under emulation the start of a program takes longer than most of what is done here, so few are started: xl to
 * create, and to destroy what has devices. The store and Xen are asked directly.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "agent.h"
#include "domctl.h"
#include "store.h"

/* Xen's SHUTDOWN_* (public/sched.h), in order. */
static const char *const reasons[] = { "poweroff", "reboot", "suspend", "crash", "watchdog",
	"soft-reset" };
#define REASONS (sizeof(reasons) / sizeof(*reasons))

enum {
	/* No output for so many milliseconds after a domain's end: xenconsoled has delivered all. */
	QUIET = 200,
	/* In which more of what a domain prints may come, before it is passed on: it comes in small pieces, and each would
	 * wake up all who stand between it and the host. */
	GATHER = 20,
	/* After so many without a word from a domain in Xen's shim, and again, see whether it stands still. */
	LOOK = 3000,
	/* After so many looks it may be one of its CPUs alone that stands still, for which another waits and computes. */
	LOOKS_MOST = 4,
	/* For xenconsoled to give a domain a terminal, and between looks. */
	TTY_PATIENCE = 5000,
	TTY_LOOK = 50,
	CHUNK = 65536,
	STATUS_NOT_CREATED = 126,
};

static volatile sig_atomic_t is_stopped;

static void stop(int number)
{
	(void)number;
	is_stopped = 1;
}

static void pause_ms(long ms)
{
	struct timespec time = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&time, NULL);
}

static void say(const char *what, const char *which)
{
	dprintf(STDERR_FILENO, "%s: %s\n", what, which);
}

/* ---- the console ---------------------------------------------------------------------------- */

static int domain_tty(int domid)
{
	char path[64];

	snprintf(path, sizeof(path), "/local/domain/%d/console/tty", domid);
	for (int waited = 0; waited < TTY_PATIENCE; waited += TTY_LOOK) {
		char *name = store_read(path);
		int tty;

		if (name && *name) {
			tty = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC);
			if (tty < 0) {
				say(name, strerror(errno));
			}
			free(name);
			return tty;
		}
		free(name);
		pause_ms(TTY_LOOK);
	}
	say("no console has", "the domain");
	return -1;
}

/* Why the domain ended, or NULL while it runs. */
static const char *end_reason(int domid)
{
	static char other[24];
	struct domain_state state;

	if (!domain_state(domid, &state)) {
		return "destroyed";
	}
	if (!state.is_over) {
		return NULL;
	}
	if (state.code < REASONS) {
		return reasons[state.code];
	}
	snprintf(other, sizeof(other), "reason %u", state.code);
	return other;
}

/*
 * Writes an empty request for a domain that has used no CPU time, in tenths of a second, since it had used `before`, or has
 * been silent for so many looks. Returns what it has used now.
 *
 * The emulator can lose what would have ended a halt of the shim's, and its timer with it (docs/rig.md); then the domain waits
 * until something comes from outside. Whoever is idle for a good reason reads the request and goes on waiting.
 */
static long wake(int domid, long before, unsigned looks)
{
	struct domain_state state;
	char path[64];
	long used;

	if (!domain_state(domid, &state)) {
		return -1;
	}
	used = (long)(state.time / 100000000);
	if (before == used || looks >= LOOKS_MOST) {
		snprintf(path, sizeof(path), "/local/domain/%d/control/sysrq", domid);
		store_write(path, "");
	}
	return used;
}

/* Moves bytes; false at the end. */
static bool move(int from, int to)
{
	char bytes[CHUNK];
	ssize_t count = read(from, bytes, sizeof(bytes));

	if (count > 0) {
		write_all(to, bytes, (size_t)count);
	}
	return count > 0 || (count < 0 && (errno == EINTR || errno == EAGAIN));
}

/*
 * Joins standard input and output with a domain's console, byte for byte, until the domain's end, whose reason is
 * returned; or until the program is told to stop (SIGTERM, which is blocked but while it waits) or there is no console, NULL being returned then. @releaseDomain has
 * to be watched.
 *
 * xenconsoled moves the bytes between the domain's ring and a pseudo-terminal, whose name it publishes in the store;
 * it keeps what comes before anybody opened it, so nothing is lost. Like `xl console`, but needs no terminal, gives
 * Ctrl-] no meaning, and waits for the end by xenstore's @releaseDomain instead of the console: a domain that is
 * preserved after its end keeps its console.
 */
static const char *join_console(int domid, bool is_in_shim)
{
	int tty = domain_tty(domid);
	const char *reason = end_reason(domid);
	bool has_tty = tty >= 0, has_input = true;
	long used = -1;
	unsigned looks = 0; /* in a row, without a word between */
	sigset_t none;

	if (!has_tty) {
		return NULL;
	}
	sigemptyset(&none);
	while (!is_stopped && (has_tty || !reason)) {
		struct pollfd fds[] = {
			{ has_tty ? tty : -1, POLLIN, 0 },
			{ has_input ? STDIN_FILENO : -1, POLLIN, 0 },
			{ reason ? -1 : store_handle(), POLLIN, 0 },
		};
		long patience = reason ? QUIET : store_has_event() ? 0 : is_in_shim ? LOOK : -1;
		struct timespec time = { patience / 1000, patience % 1000 * 1000000 };
		int count = ppoll(fds, 3, patience < 0 ? NULL : &time, &none);

		if (count < 0) {
			continue;
		}
		if (count == 0 && reason) {
			break;
		}
		if (count == 0 && patience) {
			used = wake(domid, used, ++looks);
		}
		if (fds[0].revents) {
			looks = 0;
			has_tty = move(tty, STDOUT_FILENO);
			pause_ms(GATHER);
		}
		if (fds[1].revents) {
			has_input = move(STDIN_FILENO, tty);
		}
		if (!reason && (store_has_event() || fds[2].revents)) {
			store_event();
			reason = end_reason(domid);
		}
	}
	close(tty);
	return reason;
}

/* SIGTERM is waited for in ppoll() only. */
static void stop_by_signal(void)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t term;

	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	sigprocmask(SIG_BLOCK, &term, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int join_domain(char **words)
{
	if (!words[0]) {
		die("which domain's console?");
	}
	store_open();
	store_watch("@releaseDomain");
	stop_by_signal();
	join_console(atoi(words[0]), false);
	return 0;
}

int print_domid(char **words)
{
	int domid;

	store_open();
	domid = words[0] ? store_domain_named(words[0]) : -1;
	if (domid < 0) {
		die("there is no such domain");
	}
	printf("%d\n", domid);
	return 0;
}

/* ---- a domain's life ------------------------------------------------------------------------ */

/* Runs a command in a session of its own, what it says going to standard error; whether it succeeds. */
static bool quietly(char *const *argv)
{
	static const int fds[] = { STDIN_FILENO, STDERR_FILENO, STDERR_FILENO };
	int pid = program_start(argv, fds, true), status;

	if (pid < 0) {
		say(argv[0], strerror(errno));
		return false;
	}
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR) {
	}
	return !status;
}

static bool names_shim(const char *line)
{
	char key[16];
	int value;

	return sscanf(line, " %15[a-z_] = %d", key, &value) == 2 && !strcmp(key, "pvshim") && value;
}

/* Whether the domain that xl is given these arguments for, a file and settings, gets Xen's shim. */
static bool gets_shim(char **words)
{
	char line[1024];
	bool has_shim = false;
	FILE *file = fopen(words[0], "r");

	while (file && fgets(line, sizeof(line), file)) {
		has_shim |= names_shim(line);
	}
	if (file) {
		fclose(file);
	}
	for (char **word = words + 1; *word; word++) {
		has_shim |= names_shim(*word);
	}
	return has_shim;
}

static void remove_files(const char *pattern)
{
	glob_t found;

	if (!glob(pattern, 0, NULL, &found)) {
		for (size_t i = 0; i < found.gl_pathc; i++) {
			unlink(found.gl_pathv[i]);
		}
		globfree(&found);
	}
}

/* The folder of a file, with the files that are in it. */
static void remove_folder_of(const char *file)
{
	char pattern[256];

	snprintf(pattern, sizeof(pattern), "%.*s/*", (int)(strrchr(file, '/') - file), file);
	remove_files(pattern);
	*strrchr(pattern, '/') = 0;
	rmdir(pattern);
}

/*
 * Destroys a domain and forgets it. One with devices needs xl, which ends their back-ends; what libxl (libxl_domain.c) does with one that has
 * only its console is done here, since most are such: Xen is asked, and the nodes and the file that name it are removed.
 */
static void destroy(int domid, char *number)
{
	static const char *const places[] = { "/local/domain/0/backend/console/%d", "/local/domain/%d", "/libxl/%d" };
	char path[64], *vm;

	snprintf(path, sizeof(path), "/libxl/%d/device", domid);
	if (!store_has_only(path, "console") || !domain_destroy(domid)) {
		quietly((char *[]){ "xl", "destroy", number, NULL });
		return;
	}
	snprintf(path, sizeof(path), "/local/domain/%d/vm", domid);
	vm = store_read(path);
	if (vm) {
		store_remove(vm);
		free(vm);
	}
	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		snprintf(path, sizeof(path), places[i], domid);
		store_remove(path);
	}
	snprintf(path, sizeof(path), "/var/lib/xen/userdata-?.%d.*", domid);
	remove_files(path);
}

static bool is_peaceful(const char *reason)
{
	return !strcmp(reason, "poweroff") || !strcmp(reason, "reboot") ||
		!strcmp(reason, "suspend") || !strcmp(reason, "destroyed");
}

/*
 * One domain's life: created, its console joined with standard input and output, its end awaited,
 * destroyed, and the folder of CONFIG with it. What happens is told on standard error, one line
 * each:
 *
 *   created: DOMID
 *   ended: REASON      poweroff, reboot, crash, ... or stopped
 *
 * followed, unless it ended by itself in peace, or with -q, by its virtual CPUs' registers. A failed creation
 * is status 126, with xl's own words on standard error. SIGTERM ends the domain.
 *
 * xl is told not to watch over the domain (-e): so whatever the configuration says about
 * on_crash and on_reboot, a domain which ended stays until its reason was read here.
 *
 * The agent signals the whole process group. Only the wait for the domain's end is to be over then, so all
 * else has a session of its own.
 */
int run_domain(char **words)
{
	enum { WORDS_MAX = 250 };
	char *create[WORDS_MAX + 6] = { "xl", "create", "-q", "-e" }, number[12];
	int domid = -1, count = 0;
	bool is_in_shim, is_quiet = false;
	const char *reason;

	while (words[count]) {
		count++;
	}
	if (count && !strcmp(words[0], "-q")) {
		is_quiet = true;
		words++;
		count--;
	}
	if (count < 2 || count > WORDS_MAX || !strchr(words[1], '/')) {
		die("run-domain [-q] NAME FOLDER/CONFIG [KEY=VALUE ...]");
	}
	memcpy(create + 4, words + 1, (size_t)count * sizeof(*words));
	is_in_shim = gets_shim(words + 1);
	stop_by_signal();
	store_open();
	store_watch("@releaseDomain");
	if (quietly(create)) {
		domid = store_domain_named(words[0]);
	}
	if (domid >= 0) {
		snprintf(number, sizeof(number), "%d", domid);
		say("created", number);
		reason = join_console(domid, is_in_shim);
		reason = reason ? reason : "stopped";
		say("ended", reason);
		if (!is_quiet && !is_peaceful(reason)) {
			quietly((char *[]){ "xenctx", "--all-vcpus", number, NULL });
		}
		if (strcmp(reason, "destroyed")) {
			destroy(domid, number);
		}
	}
	remove_folder_of(words[1]);
	return domid < 0 ? STATUS_NOT_CREATED : 0;
}
