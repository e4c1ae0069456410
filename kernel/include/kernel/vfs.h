/*
 * vfs.h - files: inodes, names, open files, file systems.
 *
 * struct inode   a file of a file system; its ops know how it is stored.
 * struct dentry  a name in a directory, cached, and the inode behind it (NULL:
 *                known not to exist). The tree of dentries is the tree of names.
 * struct file    an open file: position, flags, and the ops that serve it.
 * struct fd_table  descriptors of a process.
 *
 * Blocking operations sleep interruptibly: -EINTR is turned into a restart by
 * the signal code where Linux does so (-ERESTARTSYS, internal).
 * Sizes and offsets are in bytes, times in nsec_t since 1970.
 */
#ifndef KERNEL_VFS_H
#define KERNEL_VFS_H

#include <kernel/list.h>
#include <kernel/thread.h>

struct vm_object;
struct inode;
struct dentry;
struct file;
struct filesystem;
struct poll_table;

/* What stat() tells, in the kernel's own form; types and bits of `mode` are Linux's. */
struct inode_attr {
	uint64_t device, number;
	uint32_t mode, links, uid, gid;
	uint64_t rdev;
	int64_t size;
	uint32_t block_size;
	uint64_t blocks; /* of 512 bytes */
	nsec_t atime, mtime, ctime;
};

struct directory_entry {
	const char *name;
	uint64_t inode;
	unsigned char type; /* DT_* */
};

struct inode_ops {
	/* Directories: 0 and a referenced inode, -ENOENT, ... Names are without '/', at most NAME_MAX. */
	int (*lookup)(struct inode *dir, const char *name, struct inode **found);
	int (*create)(struct inode *dir, const char *name, uint32_t mode, uint64_t rdev,
		struct inode **made); /* any type but a symlink */
	int (*symlink)(
		struct inode *dir, const char *name, const char *target, struct inode **made);
	int (*link)(struct inode *dir, const char *name, struct inode *inode);
	int (*unlink)(struct inode *dir, const char *name, struct inode *inode);
	int (*rmdir)(struct inode *dir, const char *name, struct inode *inode);
	int (*rename)(
		struct inode *from_dir, const char *from, struct inode *to_dir, const char *to);
	/* Symlinks: copies the target, NUL-terminated, returns its length. */
	long (*readlink)(struct inode *inode, char *buf, size_t size);
	void (*getattr)(struct inode *inode, struct inode_attr *attr);
	int (*setattr)(
		struct inode *inode, const struct inode_attr *attr, unsigned which); /* ATTR_* */
	int (*open)(
		struct inode *inode, struct file *file); /* set file->ops; NULL: inode->file_ops */
	void (*release)(struct inode *inode);		 /* last reference gone */
};

#define ATTR_MODE  (1u << 0)
#define ATTR_OWNER (1u << 1)
#define ATTR_SIZE  (1u << 2)
#define ATTR_ATIME (1u << 3)
#define ATTR_MTIME (1u << 4)

struct inode {
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
	struct filesystem *fs;
	uint64_t number;
	uint32_t mode;
	uint64_t rdev;
	unsigned refs;	   /* atomic */
	struct mutex lock; /* contents of a directory; size and data of a file, as the fs needs */
	void *private;
};

/* `buf` is kernel memory: the system-call layer copies to and from the user. */
struct file_ops {
	long (*read)(struct file *file, void *buf, size_t len, int64_t *pos);
	long (*write)(struct file *file, const void *buf, size_t len, int64_t *pos);
	long (*ioctl)(struct file *file, unsigned request, unsigned long arg);
	/* Events ready now (POLL*); with a table, also registers the caller's wait on the file's queues. */
	unsigned (*poll)(struct file *file, struct poll_table *table);
	/* The object a mapping shows: referenced; -ENODEV when NULL. */
	int (*map)(struct file *file, struct vm_object **object);
	/* Emit entries from file->pos on until `emit` says false; updates file->pos. */
	int (*readdir)(struct file *file,
		bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next),
		void *arg);
	int64_t (*seek)(
		struct file *file, int64_t offset, int whence); /* NULL: by position and size */
	int (*sync)(struct file *file);
	void (*release)(struct file *file); /* last reference gone */
};

struct file {
	const struct file_ops *ops;
	struct inode *inode;   /* NULL for pipes, sockets, epoll... that have none */
	struct dentry *dentry; /* NULL likewise */
	unsigned flags;	       /* O_* as of F_GETFL */
	int64_t pos;
	struct mutex pos_lock;
	unsigned refs; /* atomic */
	void *private;
};

/* A new open file with one reference; NULL when memory is out. */
struct file *file_create(const struct file_ops *ops, unsigned flags, void *private) __must_check;
void file_ref(struct file *file);
void file_unref(struct file *file);

/* ---- polling ----------------------------------------------------------- */

/* A file's poll() calls this for each queue on which a change of its readiness is announced. */
void poll_wait(struct poll_table *table, struct wait_queue *queue);

/* ---- names ------------------------------------------------------------- */

#define PATH_LEN_MAX 4096
#define NAME_LEN_MAX 255

enum path_flags { PATH_NOFOLLOW = 1u << 0, PATH_DIRECTORY = 1u << 1, PATH_EMPTY_OK = 1u << 2 };

/* Resolve from `base` (a directory; NULL: the process's root or working directory). 0 and a referenced dentry with an inode. */
int path_lookup(
	struct dentry *base, const char *path, unsigned flags, struct dentry **found) __must_check;
/* All but the last component: its directory, and the component's name. */
int path_parent(struct dentry *base, const char *path, struct dentry **dir,
	char name[NAME_LEN_MAX + 1]) __must_check;
/* The absolute name: its length or -ERANGE / -ENOENT (unlinked). */
long path_of(struct dentry *dentry, char *buf, size_t size) __must_check;

void dentry_ref(struct dentry *dentry);
void dentry_unref(struct dentry *dentry);
struct inode *dentry_inode(struct dentry *dentry);

/* Open by name, Linux's flags and mode: a referenced file. */
int vfs_open(struct dentry *base, const char *path, unsigned flags, uint32_t mode,
	struct file **file) __must_check;
long vfs_read(struct file *file, void *buf, size_t len, int64_t *pos) __must_check;
long vfs_write(struct file *file, const void *buf, size_t len, int64_t *pos) __must_check;
int vfs_mkdir(struct dentry *base, const char *path, uint32_t mode) __must_check;
int vfs_mknod(struct dentry *base, const char *path, uint32_t mode, uint64_t rdev) __must_check;
int vfs_symlink(struct dentry *base, const char *path, const char *target) __must_check;

/* ---- file systems ------------------------------------------------------ */

struct filesystem_type {
	const char *name;
	int (*mount)(const char *source, struct inode **root); /* root: referenced */
	struct list link;
};
void vfs_type_register(struct filesystem_type *type);
int vfs_mount(const char *source, struct dentry *at, const char *type) __must_check;

/* Boot: mount the root (tmpfs), unpack boot_info.module (cpio newc, may be gzip) into it, mount /dev and /proc. */
int vfs_init(void) __must_check;
extern struct dentry *vfs_root;

/* Devices: a name under /dev and the ops behind it. */
int devfs_add(const char *name, uint32_t mode, uint64_t rdev, const struct file_ops *ops,
	void *private) __must_check;

/* ---- descriptors ------------------------------------------------------- */

struct fd_table;
struct fd_table *fd_table_create(void) __must_check;
struct fd_table *fd_table_copy(struct fd_table *table) __must_check;
void fd_table_ref(struct fd_table *table);
void fd_table_unref(struct fd_table *table);
/* The lowest free descriptor >= `least`, taking over the caller's reference of `file`; -EMFILE. */
int fd_install(
	struct fd_table *table, struct file *file, int least, bool close_on_exec) __must_check;
/* A reference of the open file, NULL when `fd` is not open. */
struct file *fd_get(struct fd_table *table, int fd) __must_check;
int fd_close(struct fd_table *table, int fd) __must_check;
int fd_dup_to(struct fd_table *table, int from, int to, bool close_on_exec) __must_check;
bool fd_close_on_exec(struct fd_table *table, int fd);
int fd_close_on_exec_set(struct fd_table *table, int fd, bool on) __must_check;
void fd_table_exec(struct fd_table *table); /* close what is close-on-exec */

#endif
