/* control.c - control messages: open files, credentials, what a family tells of a packet. */
#include "control.h"

#include <arch/user.h>
#include <kernel/heap.h>
#include <kernel/string.h>
#include <kernel/task.h>
#include "user_path.h"

#define HEADER_LEN	sizeof(struct linux_cmsghdr)
#define CONTROL_LEN_MAX 20480u /* Linux's optmem_max */

/* ---- in ------------------------------------------------------------------------------------- */

static int files_in(struct message_control *control, vaddr_t user, size_t len)
{
	unsigned count = (unsigned)(len / sizeof(int));
	int *numbers, err;

	if (control->files || count > SCM_FILES_MAX) {
		return -EINVAL;
	}
	if (count == 0) {
		return 0;
	}
	numbers = heap_alloc(count * sizeof(*numbers));
	control->files = heap_alloc(count * sizeof(*control->files));
	err = numbers && control->files ? user_copy_in(numbers, user, count * sizeof(*numbers))
					: -ENOMEM;
	for (unsigned i = 0; !err && i < count; i++) {
		control->files[i] = user_file(numbers[i]);
		if (control->files[i]) {
			control->file_count++;
		} else {
			err = -EBADF;
		}
	}
	heap_free(numbers);
	return err;
}

/* One says who one is; root may say anything. */
static int credentials_in(struct message_control *control, vaddr_t user, size_t len)
{
	struct linux_ucred own = socket_credentials(), *said = &control->credentials;

	if (len != sizeof(*said)) {
		return -EINVAL;
	}
	if (user_copy_in(said, user, sizeof(*said))) {
		return -EFAULT;
	}
	if (own.uid != 0 && memcmp(said, &own, sizeof(own)) != 0) {
		return -EPERM;
	}
	control->has_credentials = true;
	return 0;
}

static int one_in(struct message_control *control, const struct linux_cmsghdr *h, vaddr_t data)
{
	size_t len = h->len - HEADER_LEN;

	if (h->level != SOL_SOCKET) {
		return 0; /* for the protocol; ours take none */
	}
	switch (h->type) {
	case SCM_RIGHTS:
		return files_in(control, data, len);
	case SCM_CREDENTIALS:
		return credentials_in(control, data, len);
	default:
		return -EINVAL;
	}
}

int control_in(struct message_control *control, vaddr_t user, size_t len)
{
	size_t at = 0;
	int err = len > CONTROL_LEN_MAX ? -ENOBUFS : 0;

	while (!err && at + HEADER_LEN <= len) {
		struct linux_cmsghdr h;

		err = user_copy_in(&h, user + at, sizeof(h));
		if (!err && (h.len < HEADER_LEN || h.len > len - at)) {
			err = -EINVAL;
		}
		if (!err) {
			err = one_in(control, &h, user + at + HEADER_LEN);
			at += CMSG_PADDED(h.len);
		}
	}
	return err;
}

/* ---- out ------------------------------------------------------------------------------------ */

/* Where the next control message goes. */
struct outlet {
	vaddr_t user;
	size_t room, used;
	unsigned flags_out;
};

/* As much of it as there is room for. */
static int one_out(struct outlet *o, int level, int type, const void *data, size_t len)
{
	struct linux_cmsghdr h = { HEADER_LEN + len, level, type };
	int err;

	if (!o->user || o->room - o->used < HEADER_LEN) {
		o->flags_out |= MSG_CTRUNC;
		return 0;
	}
	if (h.len > o->room - o->used) {
		h.len = o->room - o->used;
		o->flags_out |= MSG_CTRUNC;
	}
	err = user_copy_out(o->user + o->used, &h, sizeof(h));
	if (!err) {
		err = user_copy_out(o->user + o->used + HEADER_LEN, data, h.len - HEADER_LEN);
	}
	o->used += MIN(CMSG_PADDED(h.len), o->room - o->used);
	return err;
}

static unsigned files_fit(const struct outlet *o)
{
	size_t left = o->room - o->used;

	return o->user && left > HEADER_LEN ? (unsigned)((left - HEADER_LEN) / sizeof(int)) : 0;
}

/* A descriptor for each that fits; the table takes the files over. */
static int files_out(struct outlet *o, struct message_control *control, bool close_on_exec)
{
	unsigned fit = MIN(files_fit(o), control->file_count), done = 0;
	int *numbers = heap_alloc(fit * sizeof(*numbers)), err = 0;

	while (numbers && done < fit) {
		file_ref(control->files[done]); /* ours goes with the list */
		numbers[done] =
			fd_install(task_current()->fds, control->files[done], 0, close_on_exec);
		if (numbers[done] < 0) {
			file_unref(control->files[done]);
			break;
		}
		done++;
	}
	if (done < control->file_count) {
		o->flags_out |= MSG_CTRUNC;
	}
	if (done) {
		err = one_out(o, SOL_SOCKET, SCM_RIGHTS, numbers, done * sizeof(int));
	}
	heap_free(numbers);
	return err;
}

int control_out(struct message_control *control, vaddr_t user, unsigned long *len, unsigned flags,
	unsigned *flags_out)
{
	struct outlet o = { .user = user, .room = user ? *len : 0 };
	int err = 0;

	if (control->has_credentials) {
		err = one_out(&o, SOL_SOCKET, SCM_CREDENTIALS, &control->credentials,
			sizeof(control->credentials));
	}
	if (!err && control->file_count) {
		err = files_out(&o, control, flags & MSG_CMSG_CLOEXEC);
	}
	for (unsigned i = 0; !err && i < control->extra_count; i++) {
		const struct message_extra *extra = &control->extra[i];

		err = one_out(&o, extra->level, extra->type, extra->data, extra->len);
	}
	*len = o.used;
	*flags_out |= o.flags_out;
	return err;
}
