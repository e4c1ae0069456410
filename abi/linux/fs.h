/* linux/fs.h - mount(2), ioctl_fs and magic numbers of file systems (statfs(2)). */
#ifndef ABI_LINUX_FS_H
#define ABI_LINUX_FS_H

#define MS_RDONLY     1
#define MS_NOSUID     2
#define MS_NODEV      4
#define MS_NOEXEC     8
#define MS_REMOUNT    32
#define MS_NOATIME    1024
#define MS_BIND	      4096
#define MS_MOVE	      8192
#define MS_REC	      16384
#define MS_SILENT     32768
#define MS_UNBINDABLE (1 << 17)
#define MS_PRIVATE    (1 << 18)
#define MS_SLAVE      (1 << 19)
#define MS_SHARED     (1 << 20)
#define MS_RELATIME   (1 << 21)

#define MNT_FORCE	1
#define MNT_DETACH	2
#define MNT_EXPIRE	4
#define UMOUNT_NOFOLLOW 8

#define TMPFS_MAGIC  0x01021994
#define PROC_MAGIC   0x9fa0
#define PIPEFS_MAGIC 0x50495045

#define FIONBIO	 0x5421
#define FIONREAD 0x541b
#define FIONCLEX 0x5450
#define FIOCLEX	 0x5451
#define FIOASYNC 0x5452
#define FIOQSIZE 0x5460
#define FIGETBSZ 2

#define BLKROGET	 0x125e
#define BLKRRPART	 0x125f
#define BLKGETSIZE	 0x1260
#define BLKFLSBUF	 0x1261
#define BLKRAGET	 0x1263
#define BLKSSZGET	 0x1268
#define BLKDISCARD	 0x1277
#define BLKIOMIN	 0x1278
#define BLKIOOPT	 0x1279
#define BLKALIGNOFF	 0x127a
#define BLKPBSZGET	 0x127b
#define BLKDISCARDZEROES 0x127c
#define BLKSECDISCARD	 0x127d
#define BLKROTATIONAL	 0x127e
#define BLKZEROOUT	 0x127f
/* Their numbers hold the size of the header's size_t, though what is copied is an int, an int and 64 bits. */
#define BLK_OF_SIZE(number)  (number | (unsigned)sizeof(long) << 16)
#define BLKBSZGET	     BLK_OF_SIZE(0x80001270)
#define BLKBSZSET	     BLK_OF_SIZE(0x40001271)
#define BLKGETSIZE64	     BLK_OF_SIZE(0x80001272)
#define CDROM_GET_CAPABILITY 0x5331

#endif
