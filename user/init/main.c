/*
 * init - process 1: a shell on the console, and the end of everything when that ends.
 *
 *     init                 a login shell
 *     init COMMAND ...     that instead
 *
 * It waits for every orphan, as process 1 has to. When the shell ends, or somebody sends what
 * busybox's "poweroff" and "halt" send (SIGUSR2, SIGUSR1; or SIGPWR), all processes get SIGTERM, a
 * moment, and SIGKILL; what is written is synchronized; and process 1 exits with the shell's status,
 * which is how this machine is told to power off and with which verdict. What "reboot" sends (SIGTERM;
 * or SIGINT) ends in a reboot.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define GRACE_MS 2000

/* What is usually there already: the kernel mounts it for whoever is process 1. */
static const struct {
	const char *type, *place;
} mounts[] = { { "proc", "/proc" }, { "devtmpfs", "/dev" } };

static volatile sig_atomic_t asked;

static void on_signal(int signal)
{
	asked = signal;
}

static void mount_all(void)
{
	struct stat above, place;

	if (stat("/", &above)) {
		return;
	}
	for (size_t i = 0; i < sizeof(mounts) / sizeof(mounts[0]); i++) {
		mkdir(mounts[i].place, 0755);
		if (!stat(mounts[i].place, &place) && place.st_dev == above.st_dev &&
			mount(mounts[i].type, mounts[i].place, mounts[i].type, 0, NULL)) {
			fprintf(stderr, "init: %s: %s\n", mounts[i].place, strerror(errno));
		}
	}
	mkdir("/tmp", 01777);
	symlink("/proc/self/fd", "/dev/fd");
}

static void signals_take(void)
{
	static const int wanted[] = { SIGTERM, SIGINT, SIGUSR1, SIGUSR2, SIGPWR };
	static const int ignored[] = { SIGHUP, SIGTTOU, SIGTTIN, SIGTSTP };
	struct sigaction action = { .sa_handler = on_signal };

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		sigaction(wanted[i], &action, NULL);
	}
	action.sa_handler = SIG_IGN;
	for (size_t i = 0; i < sizeof(ignored) / sizeof(ignored[0]); i++) {
		sigaction(ignored[i], &action, NULL);
	}
}

/* The console's foreground, with nothing of what init itself does to signals. */
static pid_t shell_start(char **argv)
{
	struct sigaction action = { .sa_handler = SIG_DFL };
	pid_t pid = fork();

	if (pid != 0) {
		return pid;
	}
	setpgid(0, 0);
	tcsetpgrp(0, getpid());
	for (int signal = 1; signal < NSIG; signal++) {
		sigaction(signal, &action, NULL);
	}
	if (argv[0]) {
		execvp(argv[0], argv);
	} else {
		execl("/bin/sh", "-sh", NULL);
	}
	perror(argv[0] ? argv[0] : "/bin/sh");
	_exit(127);
}

/* Until the shell has ended or somebody asks for the end; orphans in passing. */
static int shell_watch(pid_t shell)
{
	int status;

	while (!asked) {
		pid_t ended = wait(&status);

		if (ended == shell) {
			return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
		}
		if (ended < 0 && errno != EINTR) {
			return 127; /* the shell could not even be started */
		}
	}
	return 0;
}

static long now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* True when there is no child left. */
static bool reap_for(long ms)
{
	long end = now_ms() + ms;
	pid_t pid;

	do {
		pid = waitpid(-1, NULL, WNOHANG);
		if (pid == 0) {
			usleep(10000);
		}
	} while (pid >= 0 && now_ms() < end);
	return pid < 0 && errno == ECHILD;
}

static void end_all(void)
{
	kill(-1, SIGTERM);
	kill(-1, SIGCONT);
	if (!reap_for(GRACE_MS)) {
		kill(-1, SIGKILL);
		reap_for(GRACE_MS);
	}
	sync();
}

int main(int argc, char **argv)
{
	pid_t shell;
	int status;

	if (getpid() != 1) {
		fprintf(stderr, "init: only as process 1\n");
		return 1;
	}
	signals_take();
	mount_all();
	/* The kernel names every process 1 as a login shell, and gives it no arguments. */
	shell = shell_start(argv + 1);
	status = shell > 0 ? shell_watch(shell) : 127;
	end_all();
	if (asked == SIGTERM || asked == SIGINT) {
		reboot(REBOOT_RESTART);
	}
	return status;
}
