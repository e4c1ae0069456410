/*
 * serve.c - runs commands for the host.
 *
 * Between host and dom0 there are several virtio-serial ports named rig.0, rig.1, ... One worker
 * serves each port and runs one command at a time, so the host may do as many things at once as
 * there are ports, and no command can hold up another.
 *
 * A frame is one letter, a 32-bit big-endian length and that many bytes.
 *
 *   from the host   H nonce      begins; answered by the same frame
 *                   X argv       run this command (arguments separated by zero bytes)
 *                   I bytes      for its standard input
 *                   E            end of its standard input
 *                   K number     send it this signal
 *   to the host     O bytes      its standard output
 *                   R bytes      its standard error
 *                   Q status     it ended: the exit status, or 128 + signal
 *
 * A command /rig/JOB is done here, in a fork: a program would take longer to start than it lasts.
 *
 * A host that goes away in the middle (the port reports end of file) takes its command with it:
 * the command's whole process group is told to end, and killed if it does not. The host side waits long enough before it uses
 * such a port again, so that the next frame always starts at a frame's beginning. News of a host
 * leaving or coming may arrive after the first bytes of the next one: so only an absence that
 * lasts counts.
 *
 * Invariants:
 *  1. Nothing is looked at from time to time. The end of a command and a host that comes or goes are signals, which are
 *     blocked but while a worker waits (ppoll), so that none is missed.
 *  2. A command is over when it has ended and its own output has been read. A daemon it left behind may keep
 *     the pipes open for ever; so after its end only what is there already is read.
 */
#define _GNU_SOURCE
#include "serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "agent.h"

enum {
	CHUNK = 65536,
	HEADER = 5,
	HIGH_WATER = 1 << 20, /* bytes for the host at which the command's output has to wait */
	MERCY = 100,	      /* tenths of a second for a command to end when told to */
	LOOK_AGAIN = 10000,   /* microseconds between looks whether the host is really gone, */
	LOOKS = 30,	      /* which it is if it was not there so many times */
	WORDS_MAX = 256,      /* of a command */
};

#define OWN "/rig/"

struct buffer {
	char *bytes;
	size_t length, room;
};

static void buffer_add(struct buffer *b, const void *bytes, size_t length)
{
	if (b->length + length > b->room) {
		b->room = (b->length + length) * 2;
		b->bytes = realloc(b->bytes, b->room);
		if (!b->bytes) {
			die("no memory");
		}
	}
	if (length) {
		memcpy(b->bytes + b->length, bytes, length);
	}
	b->length += length;
}

/* The first bytes go. */
static void buffer_drop(struct buffer *b, size_t length)
{
	b->length -= length;
	memmove(b->bytes, b->bytes + length, b->length);
}

/* Of the command that runs. */
enum { SINK, OUT, WORDS, PIPES };
static const char letters[PIPES] = { [OUT] = 'O', [WORDS] = 'R' };

static int port;			  /* of this worker */
static struct buffer to_host;		  /* not yet written to it */
static struct buffer from_host;		  /* read from it, no whole frame yet */
static pid_t child;			  /* the command, or 0 */
static int pipes[PIPES] = { -1, -1, -1 }; /* our ends */
static struct buffer to_child;
static bool sink_ends; /* close the sink once to_child is written */

static void send_frame(char type, const void *bytes, size_t length)
{
	uint32_t big = htonl((uint32_t)length);

	buffer_add(&to_host, &type, 1);
	buffer_add(&to_host, &big, sizeof(big));
	buffer_add(&to_host, bytes, length);
}

static void send_status(int status)
{
	char text[12];

	send_frame('Q', text, (size_t)snprintf(text, sizeof(text), "%d", status));
}

static void pipe_close(int which)
{
	if (pipes[which] >= 0) {
		close(pipes[which]);
		pipes[which] = -1;
	}
}

static void pipes_close(void)
{
	for (int which = 0; which < PIPES; which++) {
		pipe_close(which);
	}
}

/* ---- commands ------------------------------------------------------------------------------- */

/* In a fork of the worker. */
static _Noreturn void do_job(job_fn *job, char **words, const int *theirs)
{
	sigset_t none;

	setpgid(0, 0);
	for (int to = 0; to < PIPES; to++) {
		dup2(theirs[to], to);
		close(theirs[to]);
	}
	close(port);
	pipes_close();
	sigemptyset(&none);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGIO, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	sigprocmask(SIG_SETMASK, &none, NULL);
	exit(job(words));
}

static void start_command(char *text, size_t length)
{
	char *argv[WORDS_MAX + 1];
	int words = 0, theirs[PIPES], pair[2];
	job_fn *job;

	for (char *word = text; word <= text + length && words < WORDS_MAX;
		word += strlen(word) + 1) {
		argv[words++] = word;
	}
	argv[words] = NULL;
	for (int which = 0; which < PIPES; which++) {
		if (pipe2(pair, O_CLOEXEC)) {
			die_errno("pipe");
		}
		pipes[which] = pair[which == SINK];
		theirs[which] = pair[which != SINK];
		fcntl(pipes[which], F_SETFL, O_NONBLOCK);
	}
	to_child.length = 0;
	sink_ends = false;
	job = strncmp(argv[0], OWN, strlen(OWN)) ? NULL : job_find(argv[0] + strlen(OWN));
	child = job ? fork() : program_start(argv, theirs, false);
	if (job && child == 0) {
		do_job(job, argv + 1, theirs);
	}
	if (child < 0) {
		char why[256];

		child = 0;
		pipes_close();
		send_frame('R', why,
			(size_t)snprintf(
				why, sizeof(why), "%.100s: %s\n", argv[0], strerror(errno)));
		send_status(127);
	}
	for (int which = 0; which < PIPES; which++) {
		close(theirs[which]);
	}
}

/* Ends the command, if there is one. */
static void end_command(void)
{
	if (!child) {
		return;
	}
	kill(-child, SIGTERM);
	for (int i = 0; i < MERCY && waitpid(child, NULL, WNOHANG) == 0; i++) {
		usleep(100000);
	}
	kill(-child, SIGKILL);
	waitpid(child, NULL, 0);
	child = 0;
	pipes_close();
}

/* What there is to read of the command's, within limits. */
static void pass_on(int which)
{
	char bytes[CHUNK];
	ssize_t count = read(pipes[which], bytes, sizeof(bytes));

	if (count > 0) {
		send_frame(letters[which], bytes, (size_t)count);
	} else if (count == 0 || (errno != EAGAIN && errno != EINTR)) {
		pipe_close(which);
	}
}

/* Invariant 2. */
static void reap_command(void)
{
	int status;

	if (!child || waitpid(child, &status, WNOHANG) != child) {
		return;
	}
	for (int which = OUT; which < PIPES; which++) {
		size_t before;

		do {
			before = to_host.length;
			pass_on(which);
		} while (before != to_host.length);
	}
	send_status(WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status));
	child = 0;
	pipes_close();
}

static void feed_command(void)
{
	ssize_t count = 0;

	if (pipes[SINK] >= 0 && to_child.length) {
		count = write(pipes[SINK], to_child.bytes, to_child.length);
		if (count > 0) {
			buffer_drop(&to_child, (size_t)count);
		} else if (errno != EAGAIN && errno != EINTR) {
			pipe_close(SINK);
		}
	}
	if (sink_ends && !to_child.length) {
		pipe_close(SINK);
	}
}

/* ---- the host ------------------------------------------------------------------------------- */

/* A host came; if one was there before, it left without a word. */
static void greet_host(const char *nonce, size_t length)
{
	end_command();
	to_host.length = 0;
	send_frame('H', nonce, length);
}

static void take_frame(char type, char *bytes, size_t length)
{
	if (type == 'H') {
		greet_host(bytes, length);
	} else if (type == 'X' && !child) {
		start_command(bytes, length);
	} else if (type == 'I' && pipes[SINK] >= 0) {
		buffer_add(&to_child, bytes, length);
	} else if (type == 'E') {
		sink_ends = true;
	} else if (type == 'K' && child) {
		kill(-child, atoi(bytes));
	}
}

static void take_frames(void)
{
	uint32_t length;
	size_t taken = 0;
	char *frame, after;

	while (from_host.length - taken >= HEADER) {
		frame = from_host.bytes + taken;
		memcpy(&length, frame + 1, sizeof(length));
		length = ntohl(length);
		if (from_host.length - taken - HEADER < length) {
			break;
		}
		/* Words end with a zero byte. */
		buffer_add(&from_host, "", 1);
		from_host.length--;
		frame = from_host.bytes + taken;
		after = frame[HEADER + length];
		frame[HEADER + length] = 0;
		take_frame(frame[0], frame + HEADER, length);
		frame[HEADER + length] = after;
		taken += HEADER + length;
	}
	buffer_drop(&from_host, taken);
}

/* Reads what there is; whether a host is there. One read of a port gives no more than a page, so there are several. */
static bool hear_host(void)
{
	char bytes[CHUNK];
	ssize_t count, total = 0;

	do {
		count = read(port, bytes, sizeof(bytes));
		if (count > 0) {
			buffer_add(&from_host, bytes, (size_t)count);
			total += count;
		}
	} while (count > 0 && total < HIGH_WATER);
	take_frames();
	return total || (count < 0 && (errno == EAGAIN || errno == EINTR));
}

static void answer_host(void)
{
	ssize_t count;

	if (to_host.length) {
		count = write(port, to_host.bytes, to_host.length < CHUNK ? to_host.length : CHUNK);
		if (count > 0) {
			buffer_drop(&to_host, (size_t)count);
		}
	}
}

static void forget_host(void)
{
	end_command();
	to_host.length = from_host.length = 0;
}

static void nothing(int number)
{
	(void)number;
}

static void serve(void)
{
	struct sigaction heard = { .sa_handler = nothing };
	sigset_t signals, none;
	int absences = 0;

	sigemptyset(&none);
	sigemptyset(&signals);
	sigaddset(&signals, SIGCHLD);
	sigaddset(&signals, SIGIO);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	sigaction(SIGCHLD, &heard, NULL);
	sigaction(SIGIO, &heard, NULL);
	signal(SIGPIPE, SIG_IGN);
	for (;;) {
		bool is_full = to_host.length >= HIGH_WATER;
		struct pollfd fds[] = {
			/* A port without a host would always be readable. */
			{ absences < LOOKS ? port : -1,
				(short)(POLLIN | (to_host.length ? POLLOUT : 0)), 0 },
			{ is_full ? -1 : pipes[OUT], POLLIN, 0 },
			{ is_full ? -1 : pipes[WORDS], POLLIN, 0 },
			{ to_child.length ? pipes[SINK] : -1, POLLOUT, 0 },
		};
		bool has_news = ppoll(fds, 4, NULL, &none) < 0;

		if (has_news || (fds[0].revents & (POLLIN | POLLHUP))) {
			if (hear_host()) {
				absences = 0;
			} else if (++absences < LOOKS) {
				usleep(LOOK_AGAIN);
			} else {
				forget_host();
			}
		}
		for (int which = OUT; which < PIPES; which++) {
			if (!has_news && fds[which].revents && pipes[which] >= 0) {
				pass_on(which);
			}
		}
		feed_command();
		if (has_news) {
			reap_command();
		}
		answer_host();
	}
}

/* ---- workers -------------------------------------------------------------------------------- */

static int port_open(const char *folder)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/dev/%s", strrchr(folder, '/') + 1);
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0) {
		die_errno(path);
	}
	fcntl(fd, F_SETOWN, getpid());
	fcntl(fd, F_SETFL, O_NONBLOCK | O_ASYNC);
	return fd;
}

static bool is_ours(const char *folder)
{
	char path[128], name[64] = "";
	FILE *file;

	snprintf(path, sizeof(path), "%s/name", folder);
	file = fopen(path, "r");
	if (file) {
		(void)!fgets(name, sizeof(name), file);
		fclose(file);
	}
	return !strncmp(name, "rig.", 4);
}

int serve_all(void)
{
	glob_t ports;

	glob("/sys/class/virtio-ports/*", 0, NULL, &ports);
	for (size_t i = 0; i < ports.gl_pathc; i++) {
		if (is_ours(ports.gl_pathv[i]) && fork() == 0) {
			port = port_open(ports.gl_pathv[i]);
			serve();
		}
	}
	/* As the first process of the system this one also inherits and buries orphans. */
	for (;;) {
		if (wait(NULL) < 0) {
			sleep(1);
		}
	}
}
