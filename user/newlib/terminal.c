/* terminal.c - terminals' attributes: ioctl() by other names. */
#include <errno.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

int isatty(int fd)
{
	struct winsize size;

	return !ioctl(fd, TIOCGWINSZ, &size);
}

int tcgetattr(int fd, struct termios *attr)
{
	return ioctl(fd, TCGETS, attr);
}

int tcsetattr(int fd, int when, const struct termios *attr)
{
	if (when < TCSANOW || when > TCSAFLUSH) {
		errno = EINVAL;
		return -1;
	}
	return ioctl(fd, TCSETS + when, attr);
}

int tcflush(int fd, int queue)
{
	return ioctl(fd, TCFLSH, queue);
}

int tcdrain(int fd)
{
	return ioctl(fd, TCSBRK, 1);
}

pid_t tcgetpgrp(int fd)
{
	pid_t group;

	return ioctl(fd, TIOCGPGRP, &group) ? -1 : group;
}

int tcsetpgrp(int fd, pid_t group)
{
	return ioctl(fd, TIOCSPGRP, &group);
}

pid_t tcgetsid(int fd)
{
	pid_t session;

	return ioctl(fd, TIOCGSID, &session) ? -1 : session;
}
