/*
 * shm.c - System V shared memory: segments with a key and an owner, attached to
 * processes' memory.
 *
 * A segment is an object of shared anonymous memory and what is known about it. Each area that
 * shows it holds a reference of the object, so the number of attachments is one less than
 * its references. A segment that was removed while attached goes when the next call finds it
 * without attachments; nobody can tell the difference. When it was last detached is not kept.
 *
 * An area of a segment is known by its name, "/SYSV" and the key, which /proc/PID/maps
 * shows too.
 */
#include <arch/clock.h>
#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/process.h>
#include <kernel/string.h>
#include <kernel/syscall.h>
#include <linux/fcntl.h>
#include <linux/ipc.h>

#define SEGMENTS_MAX   4096u
#define SIZE_MAX_PAGES (VM_ADDRESS_END / PAGE_SIZE) /* what a program has room for */
#define ID_STEP	       32768			    /* ids of one place are this far apart */
#define SEQUENCE_MAX   65535u
#define RIGHTS	       0777u
#define AREA_NAME      "/SYSV"
#define NAME_SIZE      40

struct segment {
	int key;
	uint32_t uid, gid, creator_uid, creator_gid, mode;
	size_t size;
	nsec_t attach_time, change_time; /* 0: never */
	int creator_pid, last_pid;
	bool is_removed, is_locked;
	struct vm_object *object;
};

/* By place; an id is its place and how often that was used before. */
static struct mutex lock = MUTEX_INIT(lock, "shm");
static struct segment *segments[SEGMENTS_MAX];
static uint16_t sequences[SEGMENTS_MAX];
static unsigned place_count; /* how many places have ever been used */

/* ---- segments: the lock held ------------------------------------------------------------ */

static unsigned attach_count(const struct segment *s)
{
	return __atomic_load_n(&s->object->refs, __ATOMIC_ACQUIRE) - 1;
}

static void segment_end(unsigned place)
{
	struct segment *s = segments[place];

	segments[place] = NULL;
	sequences[place] = (uint16_t)(sequences[place] % SEQUENCE_MAX + 1);
	vm_object_unref(s->object);
	heap_free(s);
}

static void sweep(void)
{
	for (unsigned i = 0; i < place_count; i++) {
		if (segments[i] && segments[i]->is_removed && !attach_count(segments[i])) {
			segment_end(i);
		}
	}
}

static int id_of(unsigned place)
{
	return (int)(sequences[place] * (unsigned)ID_STEP + place);
}

/* -EINVAL when there is none, or the id is of an earlier one. */
static int find(int id, unsigned *place)
{
	sweep();
	*place = (unsigned)id % ID_STEP;
	if (id < 0 || *place >= place_count || !segments[*place]) {
		return -EINVAL;
	}
	return id_of(*place) == id ? 0 : -EINVAL;
}

/* Bits of a class of 3, as in a file's mode: 0 or -EACCES. */
static int rights_check(const struct segment *s, unsigned wanted)
{
	const struct process *p = process_current();
	unsigned granted = s->mode;

	if (!p->euid) {
		return 0;
	}
	if (p->euid == s->uid || p->euid == s->creator_uid) {
		granted >>= 6;
	} else if (p->egid == s->gid || p->egid == s->creator_gid) {
		granted >>= 3;
	}
	return wanted & ~granted & 7 ? -EACCES : 0;
}

static bool is_owner(const struct segment *s)
{
	uint32_t uid = process_current()->euid;

	return !uid || uid == s->uid || uid == s->creator_uid;
}

/* ---- shmget() ------------------------------------------------------------------------------ */

static int place_find(unsigned *place)
{
	for (*place = 0; *place < SEGMENTS_MAX; ++*place) {
		if (!segments[*place]) {
			place_count = MAX(place_count, *place + 1);
			return 0;
		}
	}
	return -ENOSPC;
}

static int segment_make(int key, size_t size, unsigned flags)
{
	const struct process *p = process_current();
	struct segment *s;
	unsigned place;

	if (size < 1 || size > SIZE_MAX_PAGES * PAGE_SIZE || flags & SHM_HUGETLB) {
		return -EINVAL;
	}
	if (place_find(&place)) {
		return -ENOSPC;
	}
	s = heap_alloc(sizeof(*s));
	if (!s) {
		return -ENOMEM;
	}
	*s = (struct segment){ .key = key,
		.uid = p->euid,
		.gid = p->egid,
		.creator_uid = p->euid,
		.creator_gid = p->egid,
		.mode = flags & RIGHTS,
		.size = size,
		.change_time = clock_wall(),
		.creator_pid = p->pid };
	s->object = vm_object_anonymous(DIV_ROUND_UP(size, PAGE_SIZE));
	if (!s->object) {
		heap_free(s);
		return -ENOMEM;
	}
	segments[place] = s;
	return id_of(place);
}

static int segment_get(unsigned place, size_t size, unsigned flags)
{
	const struct segment *s = segments[place];
	int err;

	if (flags & IPC_CREAT && flags & IPC_EXCL) {
		return -EEXIST;
	}
	if (size > s->size) {
		return -EINVAL;
	}
	err = rights_check(s, (flags >> 6 | flags >> 3 | flags) & 7);
	return err ? err : id_of(place);
}

static long get_locked(int key, size_t size, unsigned flags)
{
	sweep();
	for (unsigned i = 0; key != IPC_PRIVATE && i < place_count; i++) {
		if (segments[i] && segments[i]->key == key && !segments[i]->is_removed) {
			return segment_get(i, size, flags);
		}
	}
	return key == IPC_PRIVATE || flags & IPC_CREAT ? segment_make(key, size, flags) : -ENOENT;
}

long sys_shmget(sys_int key, sys_len size, sys_flags flags)
{
	long id;

	mutex_lock(&lock);
	id = get_locked(key, size, flags);
	mutex_unlock(&lock);
	return id;
}

/* ---- attaching ------------------------------------------------------------------------------- */

static int address_check(vaddr_t *address, unsigned flags)
{
	if (*address % PAGE_SIZE) {
		if (!(flags & SHM_RND)) {
			return -EINVAL;
		}
		*address = ALIGN_DOWN(*address, PAGE_SIZE);
	}
	return !*address && flags & SHM_REMAP ? -EINVAL : 0;
}

static long attach(struct segment *s, vaddr_t address, unsigned flags)
{
	bool is_read_only = flags & SHM_RDONLY;
	unsigned vm_flags = VM_SHARED | (is_read_only ? (unsigned)VM_DENY_WRITE : 0);
	unsigned prot = MMU_READ | (is_read_only ? 0 : (unsigned)MMU_WRITE) |
		(flags & SHM_EXEC ? (unsigned)MMU_EXEC : 0);
	char name[NAME_SIZE];
	long at;
	int err = rights_check(s, 4 | (is_read_only ? 0 : 2) | (flags & SHM_EXEC ? 1 : 0));

	if (err) {
		return err;
	}
	if (address) {
		vm_flags |= flags & SHM_REMAP ? VM_FIXED : VM_FIXED_NOREPLACE;
	}
	fmt_print(name, sizeof(name), AREA_NAME "%08x (deleted)", (unsigned)s->key);
	at = vm_map(process_current()->vm, address, s->size, prot, vm_flags, s->object, 0, name);
	if (at == -EEXIST) {
		return -EINVAL;
	}
	if (!is_error(at)) {
		s->attach_time = clock_wall();
		s->last_pid = process_current()->pid;
	}
	return at;
}

long sys_shmat(sys_int id, sys_ulong address, sys_flags flags)
{
	vaddr_t where = address;
	unsigned place;
	long at = id < 0 ? -EINVAL : address_check(&where, flags);

	if (at) {
		return at;
	}
	mutex_lock(&lock);
	at = find(id, &place);
	if (!at) {
		at = attach(segments[place], where, flags);
	}
	mutex_unlock(&lock);
	return at;
}

/* The first area of a segment that was attached at `base`. */
struct area_search {
	vaddr_t base, start, end;
};

static void area_look(vaddr_t start, vaddr_t end, unsigned prot, unsigned flags, uint64_t offset,
	const char *name, void *arg)
{
	struct area_search *search = arg;

	if (!search->end && start - offset == search->base &&
		!strncmp(name, AREA_NAME, strlen(AREA_NAME))) {
		search->start = start;
		search->end = end;
	}
}

/* There may be several areas, if rights were changed. */
long sys_shmdt(sys_ulong address)
{
	struct vm_space *space = process_current()->vm;
	int err = -EINVAL;

	if (address % PAGE_SIZE) {
		return err;
	}
	mutex_lock(&lock);
	for (;;) {
		struct area_search search = { .base = address };

		vm_area_for_each(space, area_look, &search);
		if (!search.end) {
			break;
		}
		err = vm_unmap(space, search.start, search.end - search.start);
		if (err) {
			break;
		}
	}
	mutex_unlock(&lock);
	return err;
}

/* ---- shmctl() ------------------------------------------------------------------------------------ */

static int64_t seconds(nsec_t t)
{
	return (int64_t)(t / NSEC_PER_SEC);
}

static long tell(unsigned place, vaddr_t user)
{
	const struct segment *s = segments[place];
	struct linux_shmid_ds ds = {
		.perm = { .key = s->is_removed ? IPC_PRIVATE : s->key,
			.uid = s->uid,
			.gid = s->gid,
			.creator_uid = s->creator_uid,
			.creator_gid = s->creator_gid,
			.mode = s->mode | (s->is_removed ? SHM_DEST : 0) |
				(s->is_locked ? SHM_LOCKED : 0),
			.sequence = sequences[place] },
		.size = s->size,
		.attach_time = seconds(s->attach_time),
		.change_time = seconds(s->change_time),
		.creator_pid = s->creator_pid,
		.last_pid = s->last_pid,
		.attach_count = attach_count(s),
	};
	int err = rights_check(s, 4);

	return err ? err : user_copy_out(user, &ds, sizeof(ds));
}

static long change(struct segment *s, const struct linux_ipc_perm *perm)
{
	if (!is_owner(s)) {
		return -EPERM;
	}
	s->uid = perm->uid;
	s->gid = perm->gid;
	s->mode = (s->mode & ~RIGHTS) | (perm->mode & RIGHTS);
	s->change_time = clock_wall();
	return 0;
}

/* Nothing is ever written out: there is only something to tell. */
static long lock_set(struct segment *s, bool is_locked)
{
	if (!is_owner(s)) {
		return -EPERM;
	}
	s->is_locked = is_locked;
	return 0;
}

static long remove_segment(struct segment *s)
{
	if (!is_owner(s)) {
		return -EPERM;
	}
	s->is_removed = true;
	sweep();
	return 0;
}

static long limits_tell(vaddr_t user)
{
	struct linux_shm_limits limits = { .max = SIZE_MAX_PAGES * PAGE_SIZE,
		.min = 1,
		.segments = SEGMENTS_MAX,
		.per_process = SEGMENTS_MAX,
		.all = SIZE_MAX_PAGES };

	return user_copy_out(user, &limits, sizeof(limits))
		? -EFAULT
		: (long)(place_count ? place_count - 1 : 0);
}

static long info_tell(vaddr_t user)
{
	struct linux_shm_info info = { 0 };

	for (unsigned i = 0; i < place_count; i++) {
		if (segments[i]) {
			info.used_ids++;
			info.total += DIV_ROUND_UP(segments[i]->size, PAGE_SIZE);
		}
	}
	info.resident = info.total; /* at most; it is not counted */
	return user_copy_out(user, &info, sizeof(info)) ? -EFAULT
							: (long)(place_count ? place_count - 1 : 0);
}

static long control(int id, int cmd, vaddr_t user, const struct linux_shmid_ds *new)
{
	unsigned place = (unsigned)id;
	long err;

	if (cmd == SHM_STAT) {
		bool is_there = id >= 0 && place < place_count && segments[place];

		err = is_there ? tell(place, user) : -EINVAL;
		return err ? err : id_of(place);
	}
	err = find(id, &place);
	if (err) {
		return err;
	}
	switch (cmd) {
	case IPC_STAT:
		return tell(place, user);
	case IPC_SET:
		return change(segments[place], &new->perm);
	case IPC_RMID:
		return remove_segment(segments[place]);
	default:
		return lock_set(segments[place], cmd == SHM_LOCK);
	}
}

long sys_shmctl(sys_int id, sys_int cmd, sys_ptr user)
{
	struct linux_shmid_ds new;
	long result;

	if (cmd < 0 || id < 0) {
		return -EINVAL;
	}
	switch (cmd) {
	case IPC_INFO:
		return limits_tell(user);
	case SHM_INFO:
		return info_tell(user);
	case IPC_SET:
		if (user_copy_in(&new, user, sizeof(new))) {
			return -EFAULT;
		}
		break;
	case IPC_RMID:
	case IPC_STAT:
	case SHM_STAT:
	case SHM_LOCK:
	case SHM_UNLOCK:
		break;
	default:
		return -EINVAL;
	}
	mutex_lock(&lock);
	result = control(id, cmd, user, &new);
	mutex_unlock(&lock);
	return result;
}
