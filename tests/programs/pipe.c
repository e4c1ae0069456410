/* Pipes and FIFOs (kernel/fs/pipe.c). */
#include "oracle.h"

#include <poll.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>

static char buf[70000];
static volatile int pipe_signals;

static void on_pipe(int signal)
{
	pipe_signals++;
}

static void ends(void)
{
	int p[2];

	TRY(pipe(BAD_POINTER));
	TRY(pipe2(p, 0x1));
	TRY(pipe2(p, O_CLOEXEC | O_NONBLOCK));
	printf("%d %d\n", p[0], p[1]);
	TRY(fcntl(p[0], F_GETFD));
	TRY(fcntl(p[0], F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	TRY(fcntl(p[1], F_GETFL) & (O_ACCMODE | O_NONBLOCK));
	TRY(read(p[0], buf, 10));
	TRY(read(p[1], buf, 10));
	TRY(write(p[0], buf, 10));
	TRY(write(p[1], "hello", 5));
	TRY(lseek(p[0], 0, SEEK_SET));
	TRY(pread(p[0], buf, 1, 0));
	TRY(ftruncate(p[1], 0));
	TRY(fsync(p[1]));
	TRY(read(p[0], buf, 3));
	TRY(read(p[0], buf, 10));
	TRY(close(p[1]));
	TRY(read(p[0], buf, 10));
	TRY(close(p[0]));
}

static void broken(void)
{
	struct sigaction action = { .sa_handler = on_pipe };
	int p[2];

	sigaction(SIGPIPE, &action, NULL);
	TRY(pipe(p));
	TRY(close(p[0]));
	TRY(write(p[1], "x", 1));
	printf("SIGPIPE %d times\n", pipe_signals);
	TRY(write(p[1], "x", 0));
	signal(SIGPIPE, SIG_IGN);
	TRY(write(p[1], "x", 1));
	signal(SIGPIPE, SIG_DFL);
	write(p[1], "x", 1);
	printf("not reached\n");
}

static void full(void)
{
	struct pollfd fd;
	int p[2], n;

	TRY(pipe2(p, O_NONBLOCK));
	TRY(fcntl(p[0], F_GETPIPE_SZ));
	TRY(write(p[1], buf, sizeof(buf)));
	TRY(write(p[1], buf, 1));
	fd = (struct pollfd){ .fd = p[1], .events = POLLOUT };
	TRY(poll(&fd, 1, 0));
	TRY(ioctl(p[0], FIONREAD, &n));
	printf("%d\n", n);
	TRY(read(p[0], buf, 4096));
	TRY(write(p[1], buf, 8192));
	TRY(write(p[1], buf, 4096));
	TRY(fcntl(p[0], F_SETPIPE_SZ, 4096));
	while (read(p[0], buf, sizeof(buf)) > 0) {
	}
	TRY(fcntl(p[0], F_SETPIPE_SZ, 5000));
	TRY(write(p[1], buf, sizeof(buf)));
	TRY(fcntl(p[0], F_SETPIPE_SZ, 0));
	close(p[0]);
	close(p[1]);
}

/* A writer of more than fits, and a slow reader: all arrives in order. */
static void stream(void)
{
	unsigned long sum = 0;
	ssize_t len, all = 0;
	int p[2], status;
	pid_t pid;

	TRY(pipe(p));
	pid = fork();
	if (pid == 0) {
		for (int round = 0; round < 4; round++) {
			for (size_t i = 0; i < sizeof(buf); i++) {
				buf[i] = (char)(i * 7 + (size_t)round);
			}
			if (write(p[1], buf, sizeof(buf)) != sizeof(buf)) {
				_exit(1);
			}
		}
		_exit(0);
	}
	close(p[1]);
	while ((len = read(p[0], buf, 1000)) > 0) {
		for (ssize_t i = 0; i < len; i++) {
			sum = sum * 31 + (unsigned char)buf[i];
		}
		all += len;
	}
	printf("%ld bytes, sum %lu\n", (long)all, (unsigned long)sum);
	waitpid(pid, &status, 0);
	show_end("writer", status);
	close(p[0]);
}

static void fifo_writer(void)
{
	int fd = open("fifo", O_WRONLY);

	usleep(10000);
	write(fd, "through", 7);
}

static void fifos(void)
{
	int reader, writer, both, status;
	pid_t pid;

	TRY(mkfifo("fifo", 0600));
	TRY(open("fifo", O_WRONLY | O_NONBLOCK));
	reader = open("fifo", O_RDONLY | O_NONBLOCK);
	TRY(read(reader, buf, 10));
	writer = open("fifo", O_WRONLY | O_NONBLOCK);
	TRY(read(reader, buf, 10));
	TRY(write(writer, "abc", 3));
	TRY(read(reader, buf, 10));
	TRY(close(writer));
	TRY(read(reader, buf, 10));
	TRY(close(reader));
	both = open("fifo", O_RDWR);
	TRY(write(both, "self", 4));
	TRY(read(both, buf, 10));
	TRY(close(both));
	pid = fork();
	if (pid == 0) {
		fifo_writer();
		_exit(0);
	}
	reader = open("fifo", O_RDONLY);
	TRY(read(reader, buf, 100));
	TRY(read(reader, buf, 100));
	waitpid(pid, &status, 0);
	show_end("fifo's writer", status);
	close(reader);
}

static void hang_up(void)
{
	struct pollfd fd;
	int p[2];

	TRY(pipe(p));
	fd = (struct pollfd){ .fd = p[0], .events = POLLIN };
	TRY(poll(&fd, 1, 0));
	write(p[1], "x", 1);
	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	close(p[1]);
	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	read(p[0], buf, 1);
	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	close(p[0]);
	TRY(pipe(p));
	close(p[0]);
	fd = (struct pollfd){ .fd = p[1], .events = POLLOUT };
	TRY(poll(&fd, 1, 0));
	TRY(fd.revents);
	close(p[1]);
}

/* What cannot be delivered stays, in whole pieces: who asks again gets it. */
static void bad_addresses(void)
{
	struct iovec half[2] = { { buf, 2 }, { BAD_POINTER, 10 } };
	char *pages = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int p[2], left;

	TRY(pipe(p));
	TRY(write(p[1], "hello", 5));
	TRY(read(p[0], BAD_POINTER, 5));
	TRY(readv(p[0], half, 2));
	TRY(ioctl(p[0], FIONREAD, &left));
	TRY(left);
	TRY(read(p[0], buf, 10));
	printf("%.5s\n", buf);
	memset(buf, 'a', 4096);
	memset(buf + 4096, 'b', 4096);
	TRY(write(p[1], buf, 8192));
	munmap(pages + 4096, 4096);
	TRY(read(p[0], pages, 8192));
	TRY(read(p[0], pages + 4096, 8192));
	TRY(read(p[0], buf, 8192));
	printf("%c %c\n", pages[4095], buf[4095]);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	ends();
	bad_addresses();
	in_child("broken", broken);
	full();
	stream();
	fifos();
	hang_up();
	return 0;
}
