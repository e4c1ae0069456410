/* sys/reboot.h - the end of the machine. */
#ifndef _SYS_REBOOT_H
#define _SYS_REBOOT_H

#include <linux/reboot.h>

int reboot(unsigned int command);

#endif
