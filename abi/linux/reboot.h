/* linux/reboot.h - the numbers of reboot(2). */
#ifndef ABI_LINUX_REBOOT_H
#define ABI_LINUX_REBOOT_H

#define REBOOT_MAGIC1	 0xfee1dead
#define REBOOT_MAGIC2	 672274793
#define REBOOT_MAGIC2A	 85072278
#define REBOOT_MAGIC2B	 369367448
#define REBOOT_MAGIC2C	 537993216
#define REBOOT_RESTART	 0x01234567
#define REBOOT_HALT	 0xcdef0123
#define REBOOT_CAD_ON	 0x89abcdef
#define REBOOT_CAD_OFF	 0
#define REBOOT_POWER_OFF 0x4321fedc

#endif
