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
 *
 * All of it is for threads that may sleep. Without a process (at boot, in kernel
 * threads) the caller is root and stands in the root directory.
 *
 * Lock order, outermost first:
 *   rename lock > a directory's inode->lock > that of a directory or file in it > dentry lock
 * of two directories, an ancestor first. inode_ops that change a directory are called with its
 * lock held; rmdir and a rename that replaces a directory also with that of the victim.
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

/* What a file system fills in for statfs(). */
struct filesystem_usage {
	uint64_t magic, block_size, blocks, blocks_free, files, files_free;
};

struct filesystem_type;

struct filesystem_ops {
	void (*usage)(struct filesystem *fs, struct filesystem_usage *usage); /* NULL: no blocks */
	int (*sync)(struct filesystem *fs); /* NULL: nothing to do */
	/* It is only read from now on, or written to again, while it is used. Nobody has a file open for writing. NULL: agreed. */
	int (*remount)(struct filesystem *fs, bool is_read_only);
	void (*unmount)(struct filesystem *fs); /* nobody uses a name of it any more; frees it */
};

#define FS_READ_ONLY	  (1u << 0)
#define FS_NAMES_UNCACHED (1u << 1) /* names come and go by themselves: always ask lookup() */
/* Of the place where it is mounted: */
#define FS_PLACE_READ_ONLY (1u << 2)
#define FS_NO_SET_ID	   (1u << 3) /* programs do not get the rights of their files' owners */
#define FS_NO_EXEC	   (1u << 4) /* there are no programs */
#define FS_NO_DEVICES	   (1u << 5) /* devices cannot be opened */
#define FS_PLACE_FLAGS	   (FS_PLACE_READ_ONLY | FS_NO_SET_ID | FS_NO_EXEC | FS_NO_DEVICES)

/* The same in Linux's words: MS_* of mount(), which are ST_* of statfs(), and what /proc/mounts adds to "rw". */
#define MOUNT_FLAGS 4u
struct mount_flag {
	unsigned flags; /* one of FS_*, or several that are one for Linux */
	unsigned number;
	const char *word; /* "": there is another place for it */
};
extern const struct mount_flag mount_flags[MOUNT_FLAGS];

/* One mounted instance; made by filesystem_type.mount(), found through the root's inode->fs. */
struct filesystem {
	const struct filesystem_type *type;
	const struct filesystem_ops *ops;
	uint64_t device;
	unsigned flags; /* change under the lock of mounts */
	void *private;
	/* under `writers` */
	unsigned writers; /* open files that may be written to */
	unsigned removed; /* files in use that have no name any more */
};

/* A device number for an instance that is on no device. */
uint64_t filesystem_device(void);

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
	/* Two names that are there change files. NULL: -EINVAL. */
	int (*exchange)(
		struct inode *from_dir, const char *from, struct inode *to_dir, const char *to);
	/* Symlinks: copies the target, NUL-terminated, returns its length. */
	long (*readlink)(struct inode *inode, char *buf, size_t size);
	/* Symlinks that lead to a file, not a name: a referenced dentry. NULL: by readlink. */
	int (*follow)(struct inode *inode, struct dentry **target);
	/* Amend what was taken from *inode; NULL: nothing to amend. */
	void (*getattr)(struct inode *inode, struct inode_attr *attr);
	/*
	 * Decide on and store a change; on 0 the caller sets the fields of *inode but the
	 * size, which is for the callee. Inode locked. NULL: agreed, but to a new size -EINVAL.
	 */
	int (*setattr)(
		struct inode *inode, const struct inode_attr *attr, unsigned which); /* ATTR_* */
	/*
	 * [start, end) of a regular file becomes zeroes, and the room is given back; nothing of it lies behind the
	 * end. Mappings of its pages see zeroes at once. Inode locked. NULL: -EOPNOTSUPP.
	 */
	int (*punch)(struct inode *inode, int64_t start, int64_t end);
	/* Whether FALLOC_FL_ZERO_RANGE is possible; what it leaves may as well be a hole. NULL: it is not. */
	bool (*may_zero)(struct inode *inode);
	/* For FS_NAMES_UNCACHED: whether a name that is in use still leads here. NULL: yes. */
	bool (*is_current)(struct inode *inode);
	int (*open)(
		struct inode *inode, struct file *file); /* set file->ops; NULL: inode->file_ops */
	void (*release)(struct inode *inode);		 /* last reference gone */
};

#define ATTR_MODE  (1u << 0)
#define ATTR_OWNER (1u << 1)
#define ATTR_SIZE  (1u << 2)
#define ATTR_ATIME (1u << 3)
#define ATTR_MTIME (1u << 4)
#define ATTR_CTIME (1u << 5)

struct inode {
	const struct inode_ops *ops;
	const struct file_ops *file_ops;
	struct filesystem *fs;
	uint64_t number;
	uint64_t rdev;
	unsigned refs;	   /* atomic */
	struct mutex lock; /* contents of a directory; size and data of a file, as the fs needs */

	/* under `lock`, read without it */
	uint32_t mode, links, uid, gid;
	int64_t size;
	nsec_t atime, mtime, ctime;

	bool is_removed; /* counted as such by `fs`; set once */
	struct vm_object
		*object; /* what mappings of it show; NULL: they are not cut when it shrinks */
	void *private;
};

/* Give *inode (zeroed) one reference, this owner, one link, and the time. `ops->release` frees it. */
void inode_init(struct inode *inode, struct filesystem *fs, const struct inode_ops *ops,
	uint32_t mode, uint64_t number);
void inode_ref(struct inode *inode);
/* FS_* of the file system it is in; 0 without one. */
unsigned inode_fs_flags(const struct inode *inode);
bool inode_is_read_only(const struct inode *inode);
/* For a file system's own table of inodes: false when the last reference is already gone. */
bool inode_ref_try(struct inode *inode) __must_check;
void inode_unref(struct inode *inode);

void inode_attr_get(struct inode *inode, struct inode_attr *attr);
/* Change what `which` names. Permissions are the caller's, the file system may refuse. */
int inode_attr_set(struct inode *inode, const struct inode_attr *attr, unsigned which) __must_check;
/* Set times (ATTR_ATIME, ATTR_MTIME and with it ATTR_CTIME) to now. */
void inode_touch(struct inode *inode, unsigned which);

/*
 * For file systems. A new file is the caller's; in a folder with the set-group bit it gets the folder's
 * group, and a folder the bit. Who changes a program takes its privileges away.
 */
void inode_owner_set(struct inode *inode, const struct inode *dir);
void inode_privileges_drop(struct inode *inode);

/* Whether the caller may do all of `wanted` (R_OK, W_OK, X_OK): 0, -EACCES or -EROFS. */
int inode_permission(struct inode *inode, unsigned wanted) __must_check;
/* Whether that user, of that group, may. */
int inode_permission_of(
	const struct inode *inode, unsigned wanted, uint32_t uid, uint32_t gid) __must_check;

/* `buf` is kernel memory: the system-call layer copies to and from the user. */
struct user_vector;

struct file_ops {
	/* With O_APPEND the callee of a write finds the end. *pos means nothing where one cannot seek. */
	long (*read)(struct file *file, void *buf, size_t len, int64_t *pos);
	long (*write)(struct file *file, const void *buf, size_t len, int64_t *pos);
	/*
	 * Read or write up to `len` bytes, all that is left of it, to or from user memory without a copy between; of
	 * files without a position. -EOPNOTSUPP: not this one, or not so little, as if they were NULL.
	 */
	long (*read_user)(struct file *file, struct user_vector *v, size_t len);
	long (*write_user)(struct file *file, struct user_vector *v, size_t len);
	long (*ioctl)(struct file *file, unsigned request, unsigned long arg);
	/* Events ready now (POLL*); with a table, also registers the caller's wait on the file's queues. */
	unsigned (*poll)(struct file *file, struct poll_table *table);
	/* The object a mapping shows: referenced; -ENODEV when NULL. */
	int (*map)(struct file *file, struct vm_object **object);
	/* Emit entries from file->pos on until `emit` says false; updates file->pos. */
	int (*readdir)(struct file *file,
		bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next),
		void *arg);
	/*
	 * The new file->pos. NULL: by position and size for regular files, directories and
	 * block devices, -ESPIPE for all others, whose reads and writes have no position.
	 */
	int64_t (*seek)(struct file *file, int64_t offset, int whence);
	int (*sync)(struct file *file);
	void (*release)(struct file *file); /* last reference gone */
	int (*open)(struct file *file); /* devices: after `ops` and `private`, may replace both */
	const char *kind;		/* of files without a name, for /proc: "[eventfd]" */
};

struct file {
	const struct file_ops *ops;
	struct inode *inode;   /* NULL for pipes, sockets, epoll... that have none */
	struct dentry *dentry; /* NULL likewise */
	unsigned flags;	       /* O_* as of F_GETFL */
	int64_t pos;
	struct mutex pos_lock;
	unsigned refs;	/* atomic */
	bool is_writer; /* counted as such by inode->fs */
	void *private;

	/* under epoll's lock */
	struct list watchers; /* struct epoll_item.file_link */
	bool was_watched;     /* ever */
};

/* A new open file with one reference; NULL when memory is out. */
struct file *file_create(const struct file_ops *ops, unsigned flags, void *private) __must_check;
void file_ref(struct file *file);
void file_unref(struct file *file);

/* Whether it has a position: pread() and lseek() are possible. */
bool file_is_seekable(const struct file *file);
int64_t file_seek(struct file *file, int64_t offset, int whence);
/* For file_ops.seek: within [0, size]; and for devices where every position is the same: 0. */
int64_t file_seek_within(struct file *file, int64_t offset, int whence, int64_t size);
int64_t file_seek_nowhere(struct file *file, int64_t offset, int whence);
/* For file_ops.readdir: emit "." and ".." at the positions 0 and 1. False: enough. */
bool file_emit_dots(struct file *file,
	bool (*emit)(void *arg, const struct directory_entry *entry, int64_t next), void *arg);

/* ---- polling ----------------------------------------------------------- */

/*
 * A file's poll() calls this for each queue on which a change of its readiness is announced;
 * `table` may be NULL.
 */
void poll_wait(struct poll_table *table, struct wait_queue *queue);
/* The same for a queue that announces only `events` (POLL*): who asked for others is left alone. */
void poll_wait_for(struct poll_table *table, struct wait_queue *queue, unsigned events);

/* ---- names ------------------------------------------------------------- */

/* Of a path, with its NUL: who takes one from a program sees to it. */
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
/* The same for people to read: of what was unlinked the name it had, and " (deleted)". Its length or -ERANGE. */
long path_show(struct dentry *dentry, char *buf, size_t size) __must_check;

void dentry_ref(struct dentry *dentry);		   /* NULL is allowed, */
void dentry_unref(struct dentry *dentry);	   /* in all such functions */
struct inode *dentry_inode(struct dentry *dentry); /* not referenced; lives as long as the dentry */

/* For a file system whose names go away by themselves: forget all unused names of `fs`. */
void dentry_forget(struct filesystem *fs);

/* A regular file larger than that is opened with O_LARGEFILE, or not (-EOVERFLOW); nor written further without. */
#define VFS_NARROW_MAX INT64_C(0x7fffffff)

/* Open by name, Linux's flags and mode: a referenced file. */
int vfs_open(struct dentry *base, const char *path, unsigned flags, uint32_t mode,
	struct file **file) __must_check;
/* The same of what was found already, without O_CREAT. */
int vfs_open_entry(struct dentry *d, unsigned flags, struct file **file) __must_check;
/* A regular file that the caller may execute, be it readable or not. -EACCES, -ELOOP. */
int vfs_open_program(struct dentry *d, struct file **file) __must_check;
/* The same within bounds (RESOLVE_*): -EXDEV, -ELOOP too. */
int vfs_open_within(struct dentry *base, const char *path, unsigned flags, uint32_t mode,
	unsigned resolve, struct file **file) __must_check;
long vfs_read(struct file *file, void *buf, size_t len, int64_t *pos) __must_check;
long vfs_write(struct file *file, const void *buf, size_t len, int64_t *pos) __must_check;
/* As the operations, with all that vfs_read() and vfs_write() look at. */
long vfs_read_user(struct file *file, struct user_vector *v, size_t len) __must_check;
long vfs_write_user(struct file *file, struct user_vector *v, size_t len) __must_check;
int vfs_mkdir(struct dentry *base, const char *path, uint32_t mode) __must_check;
int vfs_mknod(struct dentry *base, const char *path, uint32_t mode, uint64_t rdev) __must_check;
int vfs_symlink(struct dentry *base, const char *path, const char *target) __must_check;
/* `from` is a file, not a directory. */
int vfs_link(struct dentry *from, struct dentry *to_base, const char *to) __must_check;
int vfs_unlink(struct dentry *base, const char *path) __must_check;
int vfs_rmdir(struct dentry *base, const char *path) __must_check;
int vfs_rename(struct dentry *from_base, const char *from, struct dentry *to_base, const char *to,
	unsigned flags) __must_check; /* RENAME_NOREPLACE or RENAME_EXCHANGE */
/* The target of a symlink, not NUL-terminated and cut at `size`: its length. */
long vfs_readlink(struct dentry *dentry, char *buf, size_t size) __must_check;
int vfs_truncate(struct inode *inode, int64_t size) __must_check;
int vfs_punch(struct inode *inode, int64_t start, int64_t end) __must_check;

/* ---- file systems ------------------------------------------------------ */

struct filesystem_type {
	const char *name;
	/* root: referenced; of `flags` FS_READ_ONLY becomes the instance's, which may have it anyway */
	int (*mount)(const char *source, unsigned flags, struct inode **root);
	struct dentry *(*only_root)(void); /* there is one instance for all: its root, or NULL */
	void (*sync)(void); /* all instances, used ones that are mounted no more too; or NULL */
	struct list link;
};
void vfs_type_register(struct filesystem_type *type);
/* `flags`: FS_READ_ONLY, FS_PLACE_FLAGS. */
int vfs_mount(const char *source, struct dentry *at, const char *type, unsigned flags) __must_check;
/* `root` is what is mounted. -EBUSY while a name of it is in use, unless `lazily`. */
int vfs_unmount(struct dentry *root, bool lazily) __must_check;
/*
 * The same flags of what is mounted; `is_of_place`: what the instance is stays. -EINVAL: `root` is not the root of something
 * mounted. -EBUSY: what is to be read-only has files that are open for writing, or wait for their end. -EACCES, -EROFS: it cannot be written to.
 */
int vfs_remount(struct dentry *root, unsigned flags, bool is_of_place) __must_check;
/* Each type, all of it. */
void vfs_sync(void);
/* Each type, and each mount: for /proc. */
void vfs_type_for_each(void (*each)(const struct filesystem_type *type, void *arg), void *arg);
void vfs_mount_for_each(void (*each)(const char *source, struct dentry *root,
				const struct filesystem *fs, void *arg),
	void *arg);

/* Boot: mount the root (tmpfs), unpack boot_info.module (cpio newc, may be gzip) into it, mount /dev and /proc. */
int vfs_init(void) __must_check;
/* Whether there will be a root with programs: an image, or root=. */
bool vfs_has_root(void);
extern struct dentry *vfs_root;

/*
 * Devices: a name under /dev ("pts/0" makes the folder) and the ops behind it, found by type and
 * `rdev` from any node that mknod() makes. Possible as soon as the heap works.
 */
int devfs_add(const char *name, uint32_t mode, uint64_t rdev, const struct file_ops *ops,
	void *private) __must_check;
/* What is open stays usable; its `private` must live as long. */
void devfs_remove(const char *name, uint32_t mode, uint64_t rdev);

/* ---- descriptors ------------------------------------------------------- */

struct fd_table;
struct fd_table *fd_table_create(void) __must_check;
struct fd_table *fd_table_copy(struct fd_table *table) __must_check;
/* Whether it is several threads'. */
bool fd_table_is_shared(const struct fd_table *table);
void fd_table_ref(struct fd_table *table);
/* One thread less has it; the last closes what is open. NULL is allowed, in the next but one too. */
void fd_table_unref(struct fd_table *table);
/* For others that look into it: it stays until they end that, though nothing may be open in it any more. */
void fd_table_look(struct fd_table *table);
void fd_table_look_end(struct fd_table *table);
/* How many descriptors it has room for as it is. */
unsigned fd_table_room(const struct fd_table *table);
/* The lowest free descriptor >= `least`, taking over the caller's reference of `file`; -EMFILE. */
int fd_install(
	struct fd_table *table, struct file *file, int least, bool close_on_exec) __must_check;
/* A reference of the open file, NULL when `fd` is not open. */
struct file *fd_get(struct fd_table *table, int fd) __must_check;
/* The same without a reference and without the lock, for the only thread that uses the table; NULL too if others do. */
struct file *fd_peek(const struct fd_table *table, int fd) __must_check;
int fd_close(struct fd_table *table, int fd) __must_check;
int fd_dup_to(struct fd_table *table, int from, int to, bool close_on_exec) __must_check;
bool fd_close_on_exec(struct fd_table *table, int fd);
int fd_close_on_exec_set(struct fd_table *table, int fd, bool on) __must_check;
void fd_table_exec(struct fd_table *table); /* close what is close-on-exec */
/* The lowest open descriptor from `from` on, or -1. */
int fd_next(struct fd_table *table, int from);

#endif
