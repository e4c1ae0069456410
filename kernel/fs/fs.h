/*
 * fs.h - what the files of kernel/fs share: who asks, and the tree of names.
 */
#ifndef FS_H
#define FS_H

#include <kernel/vfs.h>

/* ---- who asks (context.c) ---------------------------------------------- */

struct credentials {
	uint32_t uid, gid;
};

struct credentials credentials_now(void);
bool credentials_own(const struct inode *inode); /* the owner, or root */
uint32_t context_umask(void);
#define NO_LIMIT INT64_MAX
int64_t context_size_limit(void);		/* RLIMIT_FSIZE, or NO_LIMIT */
int context_size_exceed(void);			/* SIGXFSZ to the caller, and -EFBIG for it */
struct dentry *context_root(void) __must_check; /* referenced, as the next */
struct dentry *context_cwd(void) __must_check;

/* ---- names (dentry.c) -------------------------------------------------- */

#define DENTRY_INLINE_NAME 40

/*
 * All under the dentry lock but `inode`, which changes once from NULL, with the directory's
 * inode->lock held too. A name refers to its directory, so what is in use keeps its way up.
 */
struct dentry {
	struct list hash_link;
	struct list unused_link;
	struct dentry *parent; /* itself: a root */
	struct inode *inode;   /* referenced; NULL: there is no such file */
	struct filesystem *fs;
	unsigned refs;
	bool is_hashed;
	struct dentry *mounted; /* root of what is mounted here */
	struct dentry *covers;	/* of a mounted root: the name it hides */
	const char *name;
	char inline_name[DENTRY_INLINE_NAME];
};

/* The name of a tree's root; takes over the reference of `inode`. NULL when memory is out. */
struct dentry *dentry_root(struct inode *inode, const char *name) __must_check;
/* A cached name of `parent`, referenced, or NULL. */
struct dentry *dentry_find(struct dentry *parent, const char *name) __must_check;
/* A new one, in the cache; takes over the reference of `inode`, which may be NULL. */
struct dentry *dentry_add(
	struct dentry *parent, const char *name, struct inode *inode) __must_check;
/* A name that was known not to exist now does; takes over the reference. */
void dentry_instantiate(struct dentry *dentry, struct inode *inode);
/* Nobody finds it any more. */
void dentry_drop(struct dentry *dentry);
/* Forget the unused names in a folder that is gone. */
void dentry_forget_in(struct dentry *folder);
/* It gets another place; what was there is dropped. `name` is from dentry_name_copy(). */
void dentry_move(
	struct dentry *dentry, struct dentry *parent, const char *name, struct dentry *replaced);
/* Both get the other's place; the names likewise. */
void dentry_exchange(struct dentry *a, const char *name_a, struct dentry *b, const char *name_b);
const char *dentry_name_copy(const char *name) __must_check;
bool dentry_is_below(struct dentry *dentry, struct dentry *ancestor); /* or the same */
bool dentry_is_dropped(struct dentry *dentry);
bool dentry_is_mount_point(struct dentry *dentry);
bool dentry_is_mounted(struct dentry *root);
/* Exchange a reference: up to the parent; down to what is mounted on it; up to what it covers. */
struct dentry *dentry_up(struct dentry *dentry, struct dentry *root) __must_check;
struct dentry *dentry_top(struct dentry *dentry) __must_check;
bool dentry_attach(struct dentry *at, struct dentry *root); /* mount; false: taken meanwhile */
void dentry_detach(struct dentry *root);
/* Its folder, referenced, and its name there, of at most NAME_LEN_MAX; NULL for a root, or one that was dropped. */
struct dentry *dentry_place(struct dentry *dentry, char *name) __must_check;
unsigned dentry_refs(struct dentry *dentry);

/* Cached or asked for; referenced, perhaps without an inode. _locked: parent's inode is. */
int dentry_lookup(struct dentry *parent, const char *name, struct dentry **found) __must_check;
int dentry_lookup_locked(
	struct dentry *parent, const char *name, struct dentry **found) __must_check;

/* ---- file systems (mount.c) -------------------------------------------- */

/* The last name of it is gone. */
void filesystem_end(struct filesystem *fs);
/* Somebody may write to a file: 0 or -EROFS; and no longer. */
int filesystem_writer_add(struct filesystem *fs) __must_check;
void filesystem_writer_remove(struct filesystem *fs);
/* The inode has lost a name: if that was its last, its file system has something to do at its end, and later did it. */
void inode_name_lost(struct inode *inode);
void filesystem_removed_end(struct filesystem *fs);
int mount_root(
	const char *type, const char *source, unsigned flags, struct dentry **root) __must_check;

/* ---- locks on files (lock.c) ---------------------------------------------- */

/* The open file goes: its flock() lock, and what ranges it owns. */
void file_locks_drop(struct file *file);

/* ---- open files (file.c) ----------------------------------------------- */

bool file_is_writable(const struct file *file);

/* ---- devices (device.c) ------------------------------------------------- */

/* Open the device that file->inode names: sets ops and private. -ENXIO. */
int device_open(struct file *file) __must_check;
/* /dev/null and its kin. */
int memory_devices_add(void) __must_check;

/* ---- pipes (pipe.c) ------------------------------------------------------ */

int fifo_open(struct file *file) __must_check;

/* ---- file systems of our own --------------------------------------------- */

extern struct filesystem_type tmpfs_type, devfs_type, procfs_type;

/* ext4, ext3, ext2 (kernel/ext4) */
#define EXT_TYPES 3u
extern struct filesystem_type ext_types[EXT_TYPES];

#endif
