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
#include "ipc.h"

#define SEGMENTS_MAX   4096u
#define SIZE_MAX_PAGES (VM_ADDRESS_END / PAGE_SIZE) /* what a program has room for */
#define AREA_NAME      "/SYSV"
#define NAME_SIZE      40

struct segment {
	struct ipc_object ipc; /* removed: gone with its last attachment */
	size_t size;
	nsec_t attach_time, change_time; /* 0: never */
	int creator_pid, last_pid;
	bool is_locked;
	struct vm_object *object;
};

IPC_TABLE(shm_table, "shm", SEGMENTS_MAX);

/* ---- segments: the lock held ------------------------------------------------------------ */

static unsigned attach_count(const struct segment *s)
{
	return __atomic_load_n(&s->object->refs, __ATOMIC_ACQUIRE) - 1;
}

static struct segment *segment_at(unsigned place)
{
	return container_of(shm_table.objects[place], struct segment, ipc);
}

void shm_sweep(void)
{
	for (unsigned i = 0; i < shm_table.place_count; i++) {
		struct segment *s = shm_table.objects[i] ? segment_at(i) : NULL;

		if (s && s->ipc.is_removed && !attach_count(s)) {
			(void)ipc_take(&shm_table, i);
			vm_object_unref(s->object);
			heap_free(s);
		}
	}
}

static int find(int id, unsigned *place)
{
	shm_sweep();
	return ipc_find(&shm_table, id, place);
}

/* ---- shmget() ------------------------------------------------------------------------------ */

static long segment_make(int key, size_t size, unsigned flags)
{
	struct segment *s;
	long id;

	if (size < 1 || size > SIZE_MAX_PAGES * PAGE_SIZE || flags & SHM_HUGETLB) {
		return -EINVAL;
	}
	s = heap_alloc(sizeof(*s));
	if (!s) {
		return -ENOMEM;
	}
	s->size = size;
	s->change_time = clock_wall();
	s->creator_pid = process_current()->pid;
	s->object = vm_object_anonymous(DIV_ROUND_UP(size, PAGE_SIZE));
	if (!s->object) {
		heap_free(s);
		return -ENOMEM;
	}
	id = ipc_add(&shm_table, &s->ipc, key, flags);
	if (id < 0) {
		vm_object_unref(s->object);
		heap_free(s);
	}
	return id;
}

static long get_locked(int key, size_t size, unsigned flags)
{
	unsigned place;
	long result;

	shm_sweep();
	result = ipc_look(&shm_table, key, flags, &place);
	if (result == IPC_MAKE) {
		return segment_make(key, size, flags);
	}
	if (result == IPC_FOUND && size > segment_at(place)->size) {
		return -EINVAL;
	}
	return result == IPC_FOUND ? ipc_open(&shm_table, place, flags) : result;
}

long sys_shmget(sys_int key, sys_len size, sys_flags flags)
{
	long id;

	mutex_lock(&shm_table.lock);
	id = get_locked(key, size, flags);
	mutex_unlock(&shm_table.lock);
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
	int err = ipc_rights_check(&s->ipc,
		IPC_READ | (is_read_only ? 0 : IPC_WRITE) | (flags & SHM_EXEC ? IPC_EXECUTE : 0));

	if (err) {
		return err;
	}
	if (address) {
		vm_flags |= flags & SHM_REMAP ? VM_FIXED : VM_FIXED_NOREPLACE;
	}
	fmt_print(name, sizeof(name), AREA_NAME "%08x (deleted)", (unsigned)s->ipc.key);
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
	mutex_lock(&shm_table.lock);
	at = find(id, &place);
	if (!at) {
		at = attach(segment_at(place), where, flags);
	}
	mutex_unlock(&shm_table.lock);
	return at;
}

/* The first area of a segment that was attached at `base`. */
struct area_search {
	vaddr_t base, start, end;
};

static void area_look(const struct vm_area_view *area, void *arg)
{
	struct area_search *search = arg;

	if (!search->end && area->start - area->offset == search->base &&
		!strncmp(area->name, AREA_NAME, strlen(AREA_NAME))) {
		search->start = area->start;
		search->end = area->end;
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
	mutex_lock(&shm_table.lock);
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
	mutex_unlock(&shm_table.lock);
	return err;
}

/* ---- shmctl() ------------------------------------------------------------------------------------ */

struct linux_shmid_ds shm_state(unsigned place)
{
	const struct segment *s = segment_at(place);
	struct linux_shmid_ds ds = {
		.perm = ipc_perm_of(&shm_table, place),
		.size = s->size,
		.attach_time = ipc_seconds(s->attach_time),
		.change_time = ipc_seconds(s->change_time),
		.creator_pid = s->creator_pid,
		.last_pid = s->last_pid,
		.attach_count = attach_count(s),
	};

	ds.perm.mode |= (s->ipc.is_removed ? SHM_DEST : 0) | (s->is_locked ? SHM_LOCKED : 0);
	return ds;
}

static long tell(unsigned place, vaddr_t user, bool needs_rights)
{
	struct linux_shmid_ds ds = shm_state(place);
	int err = needs_rights ? ipc_rights_check(&segment_at(place)->ipc, IPC_READ) : 0;

	return err ? err : user_copy_out(user, &ds, sizeof(ds));
}

static long change(struct segment *s, const struct linux_ipc_perm *perm)
{
	int err = ipc_perm_set(&s->ipc, perm);

	if (!err) {
		s->change_time = clock_wall();
	}
	return err;
}

/* Nothing is ever written out: there is only something to tell. */
static long lock_set(struct segment *s, bool is_locked)
{
	if (!ipc_is_owner(&s->ipc)) {
		return -EPERM;
	}
	s->is_locked = is_locked;
	return 0;
}

static long remove_segment(struct segment *s)
{
	if (!ipc_is_owner(&s->ipc)) {
		return -EPERM;
	}
	s->ipc.is_removed = true;
	shm_sweep();
	return 0;
}

static long limits_tell(vaddr_t user)
{
	struct linux_shm_limits limits = { .max = SIZE_MAX_PAGES * PAGE_SIZE,
		.min = 1,
		.segments = SEGMENTS_MAX,
		.per_process = SEGMENTS_MAX,
		.all = SIZE_MAX_PAGES };

	return user_copy_out(user, &limits, sizeof(limits)) ? -EFAULT : ipc_place_last(&shm_table);
}

static long info_tell(vaddr_t user)
{
	struct linux_shm_info info = { 0 };

	for (unsigned i = 0; i < shm_table.place_count; i++) {
		if (shm_table.objects[i]) {
			info.used_ids++;
			info.total += DIV_ROUND_UP(segment_at(i)->size, PAGE_SIZE);
		}
	}
	info.resident = info.total; /* at most; it is not counted */
	return user_copy_out(user, &info, sizeof(info)) ? -EFAULT : ipc_place_last(&shm_table);
}

static long control(int id, int cmd, vaddr_t user, const struct linux_shmid_ds *new)
{
	unsigned place = (unsigned)id;
	long err;

	if (cmd == SHM_STAT || cmd == SHM_STAT_ANY) {
		err = ipc_find_place(&shm_table, id);
		err = err ? err : tell(place, user, cmd == SHM_STAT);
		return err ? err : ipc_id(&shm_table, place);
	}
	err = find(id, &place);
	if (err) {
		return err;
	}
	switch (cmd) {
	case IPC_STAT:
		return tell(place, user, true);
	case IPC_SET:
		return change(segment_at(place), &new->perm);
	case IPC_RMID:
		return remove_segment(segment_at(place));
	default:
		return lock_set(segment_at(place), cmd == SHM_LOCK);
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
	case SHM_STAT_ANY:
	case SHM_LOCK:
	case SHM_UNLOCK:
		break;
	default:
		return -EINVAL;
	}
	mutex_lock(&shm_table.lock);
	result = control(id, cmd, user, &new);
	mutex_unlock(&shm_table.lock);
	return result;
}
