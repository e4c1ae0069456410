/* linux/termios.h - terminals as Linux on x86 lays them out (asm-generic/termbits.h, ioctls.h). */
#ifndef ABI_LINUX_TERMIOS_H
#define ABI_LINUX_TERMIOS_H

#include <stdint.h>

enum {
	VINTR,
	VQUIT,
	VERASE,
	VKILL,
	VEOF,
	VTIME,
	VMIN,
	VSWTC,
	VSTART,
	VSTOP,
	VSUSP,
	VEOL,
	VREPRINT,
	VDISCARD,
	VWERASE,
	VLNEXT,
	VEOL2,
	NCCS = 19
};

struct linux_termios {
	uint32_t iflag, oflag, cflag, lflag;
	uint8_t line;
	uint8_t cc[NCCS];
};
_Static_assert(sizeof(struct linux_termios) == 36, "asm-generic/termbits.h: struct termios");

struct linux_winsize {
	uint16_t rows, columns, x_pixels, y_pixels;
};

#define ISTRIP 0x0020u
#define INLCR  0x0040u
#define IGNCR  0x0080u
#define ICRNL  0x0100u
#define IXON   0x0400u
#define IUTF8  0x4000u

#define OPOST 0x0001u
#define ONLCR 0x0004u
#define OCRNL 0x0008u

#define B38400 0x000fu
#define CS8    0x0030u
#define CREAD  0x0080u
#define HUPCL  0x0400u

#define ISIG	0x0001u
#define ICANON	0x0002u
#define ECHO	0x0008u
#define ECHOE	0x0010u
#define ECHOK	0x0020u
#define ECHONL	0x0040u
#define NOFLSH	0x0080u
#define TOSTOP	0x0100u
#define ECHOCTL 0x0200u
#define ECHOKE	0x0800u
#define IEXTEN	0x8000u

#define TCGETS	   0x5401
#define TCSETS	   0x5402
#define TCSETSW	   0x5403
#define TCSETSF	   0x5404
#define TCSBRK	   0x5409
#define TCXONC	   0x540a
#define TCFLSH	   0x540b
#define TCSBRKP	   0x5425
#define TIOCSCTTY  0x540e
#define TIOCGPGRP  0x540f
#define TIOCSPGRP  0x5410
#define TIOCOUTQ   0x5411
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define FIONREAD   0x541b
#define TIOCNOTTY  0x5422
#define TIOCGSID   0x5429
#define TIOCGPTN   0x80045430
#define TIOCSPTLCK 0x40045431
#define TIOCGPTLCK 0x80045439

#define TCOOFF 0
#define TCOON  1
#define TCIOFF 2
#define TCION  3

#define TCIFLUSH  0
#define TCOFLUSH  1
#define TCIOFLUSH 2

#endif
