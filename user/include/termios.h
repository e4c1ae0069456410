/* termios.h - terminals, with Linux's numbers; `struct termios` is the kernel's. */
#ifndef _TERMIOS_H
#define _TERMIOS_H

#include <sys/types.h>
#include <linux/termios.h>

typedef unsigned int tcflag_t;
typedef unsigned char cc_t;
typedef unsigned int speed_t;

struct termios {
	tcflag_t c_iflag, c_oflag, c_cflag, c_lflag;
	cc_t c_line;
	cc_t c_cc[NCCS];
};
_Static_assert(
	sizeof(struct termios) == sizeof(struct linux_termios), "struct termios is the kernel's");

#define TCSANOW	  0
#define TCSADRAIN 1
#define TCSAFLUSH 2

int tcgetattr(int fd, struct termios *attr);
int tcsetattr(int fd, int when, const struct termios *attr);
int tcflush(int fd, int queue);
int tcdrain(int fd);
pid_t tcgetsid(int fd);

#endif
