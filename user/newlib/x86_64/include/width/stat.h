/* width/stat.h (x86-64) - struct stat. For <sys/stat.h> only. */
struct stat {
	dev_t st_dev;
	ino_t st_ino;
	unsigned long st_nlink;
	mode_t st_mode;
	uid_t st_uid;
	gid_t st_gid;
	unsigned int __pad;
	dev_t st_rdev;
	off_t st_size;
	blksize_t st_blksize;
	blkcnt_t st_blocks;
	struct timespec st_atim, st_mtim, st_ctim;
	long __reserved[3];
};
