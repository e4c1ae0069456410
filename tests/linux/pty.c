/*
 * pty.c - pseudo terminals (pty(7)): names, the line discipline between master and slave, sizes,
 * signals, flow control, and what each side sees when the other goes away.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#define MANY 20
#define BULK 100000
#define SOON 60000 /* ms */

static int master, slave;
static char name[64];

static void say(const char *what, int is_good)
{
	printf("pty %s: %s\n", what, is_good ? "success" : "failure");
	fflush(stdout);
}

static int pair_open(void)
{
	master = posix_openpt(O_RDWR | O_NOCTTY);
	if (master < 0 || grantpt(master) || ptsname_r(master, name, sizeof(name))) {
		return 0;
	}
	slave = open(name, O_RDWR | O_NOCTTY);
	if (slave != -1 || errno != EIO || unlockpt(master)) {
		return 0; /* it is locked at first */
	}
	slave = open(name, O_RDWR | O_NOCTTY);
	return slave >= 0;
}

static void pair_close(void)
{
	close(slave);
	close(master);
}

static int is_ready(int fd, int events)
{
	struct pollfd p = { .fd = fd, .events = (short)events };

	return poll(&p, 1, SOON) == 1 ? p.revents : 0;
}

/* That comes out of fd next. */
static int expect(int fd, const char *text)
{
	char buf[256];
	size_t have = 0;

	while (have < strlen(text) && is_ready(fd, POLLIN) & POLLIN) {
		ssize_t n = read(fd, buf + have, strlen(text) - have);

		if (n <= 0) {
			break;
		}
		have += (size_t)n;
	}
	return have == strlen(text) && !memcmp(buf, text, have);
}

static int type(const char *text)
{
	return write(master, text, strlen(text)) == (ssize_t)strlen(text);
}

static void raw(void)
{
	struct termios t;

	tcgetattr(slave, &t);
	cfmakeraw(&t);
	tcsetattr(slave, TCSANOW, &t);
}

/* ---- one process -------------------------------------------------------------- */

static int names(void)
{
	struct stat by_name, by_file;
	char found[64] = "";

	return isatty(slave) && isatty(master) && !ttyname_r(slave, found, sizeof(found)) &&
		!strcmp(found, name) && !stat(name, &by_name) && !fstat(slave, &by_file) &&
		by_name.st_rdev == by_file.st_rdev && S_ISCHR(by_name.st_mode);
}

static int lines(void)
{
	return write(slave, "a\nb\n", 4) == 4 && expect(master, "a\r\nb\r\n") &&
		type("xyz\177\r") && expect(master, "xyz\b \b\r\n") && expect(slave, "xy\n");
}

static int raw_bytes(void)
{
	raw();
	return type("\003\r\n\177") && expect(slave, "\003\r\n\177") &&
		write(slave, "\n", 1) == 1 && expect(master, "\n");
}

static int waiting(void)
{
	struct termios t;
	char c;

	raw();
	tcgetattr(slave, &t);
	t.c_cc[VMIN] = 0;
	t.c_cc[VTIME] = 1;
	tcsetattr(slave, TCSANOW, &t);
	if (read(slave, &c, 1) != 0) {
		return 0;
	}
	t.c_cc[VTIME] = 0;
	tcsetattr(slave, TCSANOW, &t);
	return read(slave, &c, 1) == 0 && type("k") && is_ready(slave, POLLIN) & POLLIN &&
		read(slave, &c, 1) == 1 && c == 'k';
}

static int sizes(void)
{
	struct winsize set = { .ws_row = 33, .ws_col = 111 }, got = { 0 };

	return !ioctl(slave, TIOCGWINSZ, &got) && got.ws_row == 0 &&
		!ioctl(master, TIOCSWINSZ, &set) && !ioctl(slave, TIOCGWINSZ, &got) &&
		got.ws_row == 33 && got.ws_col == 111;
}

static int many(void)
{
	int fds[MANY], is_good = 1;
	struct stat found;

	for (int i = 0; i < MANY; i++) {
		fds[i] = posix_openpt(O_RDWR | O_NOCTTY);
		is_good &= fds[i] >= 0 && !ptsname_r(fds[i], name, sizeof(name)) &&
			!stat(name, &found);
	}
	for (int i = 0; i < MANY; i++) {
		close(fds[i]);
	}
	return is_good && stat(name, &found) == -1 && errno == ENOENT;
}

static int fills_up(void)
{
	char chunk[512] = { 0 }, buf[4096];
	long written = 0, got = 0;
	ssize_t n;

	raw();
	fcntl(slave, F_SETFL, O_NONBLOCK);
	while ((n = write(slave, chunk, sizeof(chunk))) > 0) {
		written += n;
	}
	if (n != -1 || errno != EAGAIN || written < 1024 || is_ready(master, POLLIN) != POLLIN) {
		return 0;
	}
	fcntl(master, F_SETFL, O_NONBLOCK);
	while (got < written && is_ready(master, POLLIN) &&
		(n = read(master, buf, sizeof(buf))) > 0) {
		got += n;
	}
	return got == written && is_ready(slave, POLLOUT) & POLLOUT;
}

/* ---- a session at the terminal --------------------------------------------------- */

static volatile sig_atomic_t seen;

static void note(int signo)
{
	seen = signo;
}

/* A child whose controlling terminal the slave is. It says "ready" once it is. */
static pid_t session(void (*run)(void))
{
	pid_t child = fork();

	if (!child) {
		close(slave);
		setsid();
		signal(SIGWINCH, note);
		signal(SIGHUP, note);
		slave = open(name, O_RDWR);
		close(master);
		if (slave < 0 || tcgetpgrp(slave) != getpid() || write(slave, "ready\n", 6) != 6) {
			_exit(99);
		}
		run();
		_exit(0);
	}
	return expect(master, "ready\r\n") ? child : -1;
}

static int ended(pid_t child)
{
	int status = -1;

	return waitpid(child, &status, 0) == child ? status : -1;
}

static void sleep_long(void)
{
	sleep(SOON / 1000 * 4);
}

static void await_size(void)
{
	struct winsize got;

	while (!seen) {
		usleep(1000);
	}
	ioctl(slave, TIOCGWINSZ, &got);
	_exit(seen == SIGWINCH ? got.ws_row : 99);
}

static void await_hangup(void)
{
	char c;
	int tty;

	while (seen != SIGHUP) {
		usleep(1000);
	}
	tty = open("/dev/tty", O_RDWR);
	_exit(read(slave, &c, 1) == 0 && write(slave, "x", 1) == -1 && errno == EIO && tty == -1
			? 7
			: 99);
}

/* It ends when it is told to: Linux now and then drops what is written just before the last close. */
static void write_much(void)
{
	char chunk[1000];
	struct termios t;

	tcgetattr(slave, &t);
	t.c_lflag &= ~(tcflag_t)ECHO;
	tcsetattr(slave, TCSANOW, &t);
	memset(chunk, 'm', sizeof(chunk));
	for (int i = 0; i < BULK / 1000; i++) {
		if (write(slave, chunk, sizeof(chunk)) != sizeof(chunk)) {
			_exit(1);
		}
	}
	_exit(expect(slave, "end\n") ? 0 : 2);
}

static void use_dev_tty(void)
{
	int tty = open("/dev/tty", O_RDWR);

	_exit(tty >= 0 && write(tty, "by tty\n", 7) == 7 ? 5 : 99);
}

static int has_none(void)
{
	pid_t child = fork();
	int status;

	if (!child) {
		setsid();
		_exit(open("/dev/tty", O_RDWR) == -1 && errno == ENXIO ? 6 : 99);
	}
	status = ended(child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 6;
}

static int interrupt(void)
{
	pid_t child = session(sleep_long);
	int status;

	if (child < 0 || !type("\003") || !expect(master, "^C")) {
		return 0;
	}
	status = ended(child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGINT;
}

static int quit(void)
{
	pid_t child = session(sleep_long);
	int status;

	if (child < 0 || !type("\034")) {
		return 0;
	}
	status = ended(child);
	return WIFSIGNALED(status) && WTERMSIG(status) == SIGQUIT;
}

static int resize(void)
{
	struct winsize set = { .ws_row = 44, .ws_col = 120 };
	pid_t child = session(await_size);
	int status;

	if (child < 0 || ioctl(master, TIOCSWINSZ, &set)) {
		return 0;
	}
	status = ended(child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 44;
}

static int hangup(void)
{
	pid_t child = session(await_hangup);
	int status;

	if (child < 0) {
		return 0;
	}
	close(slave);
	close(master);
	status = ended(child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 7;
}

/* The last slave is closed: an error, and poll says so. */
static int is_hung_up(void)
{
	char byte;

	return read(master, &byte, 1) == -1 && errno == EIO && is_ready(master, POLLIN) & POLLHUP;
}

static int bulk(void)
{
	pid_t child = session(write_much);
	char buf[4096];
	long got = 0;
	ssize_t n;

	close(slave);
	while (child > 0 && got < BULK && (n = read(master, buf, sizeof(buf))) > 0) {
		got += n;
	}
	return got == BULK && type("end\r") && ended(child) == 0 && is_hung_up();
}

static int keeps(void)
{
	if (write(slave, "tail", 4) != 4 || !(is_ready(master, POLLIN) & POLLIN)) {
		return 0;
	}
	close(slave);
	return expect(master, "tail") && is_hung_up();
}

static int stopped(void)
{
	struct pollfd p = { .fd = master, .events = POLLIN };

	if (!type("\023")) {
		return 0;
	}
	usleep(100000); /* it is somebody else who reads what is typed */
	fcntl(slave, F_SETFL, O_NONBLOCK);
	if (write(slave, "late", 4) != -1 || errno != EAGAIN || poll(&p, 1, 100) != 0) {
		return 0;
	}
	if (!type("\021") || !(is_ready(slave, POLLOUT) & POLLOUT)) {
		return 0;
	}
	return write(slave, "late", 4) == 4 && expect(master, "late");
}

static int controlling(void)
{
	pid_t child = session(use_dev_tty);
	int status;

	if (child < 0 || !expect(master, "by tty\r\n")) {
		return 0;
	}
	status = ended(child);
	return WIFEXITED(status) && WEXITSTATUS(status) == 5;
}

static const struct {
	const char *what;
	int (*check)(void);
} checks[] = {
	{ "has names", names },
	{ "edits lines", lines },
	{ "passes raw bytes", raw_bytes },
	{ "waits as VMIN and VTIME say", waiting },
	{ "has a size", sizes },
	{ "fills up", fills_up },
	{ "is stopped and goes on", stopped },
	{ "interrupts", interrupt },
	{ "quits", quit },
	{ "tells of a new size", resize },
	{ "controls", controlling },
	{ "controls nobody who did not ask", has_none },
	{ "carries much", bulk },
	{ "keeps what was written before the last close", keeps },
	{ "hangs up", hangup },
};

int main(void)
{
	signal(SIGHUP, SIG_IGN);
	for (unsigned i = 0; i < sizeof(checks) / sizeof(checks[0]); i++) {
		if (!pair_open()) {
			say("opens", 0);
			return 1;
		}
		say(checks[i].what, checks[i].check());
		pair_close();
	}
	say("is one of many", many());
	return 0;
}
