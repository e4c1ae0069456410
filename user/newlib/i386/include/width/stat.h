/* width/stat.h (i386) - struct stat: the kernel's struct stat64. For <sys/stat.h> only. */
struct stat {
	dev_t st_dev;
	unsigned int __pad0, __ino_low;
	mode_t st_mode;
	unsigned int st_nlink;
	uid_t st_uid;
	gid_t st_gid;
	dev_t st_rdev;
	unsigned int __pad1;
	off_t st_size;
	blksize_t st_blksize;
	__wide_signed_t st_blocks;
	struct timespec st_atim, st_mtim, st_ctim;
	ino_t st_ino;
};
