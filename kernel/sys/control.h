/* control.h - control messages (cmsg(3)) between user memory and struct message_control. */
#ifndef SYS_CONTROL_H
#define SYS_CONTROL_H

#include <kernel/socket.h>

/* Read what goes beside a message: -EINVAL, -EBADF, -EPERM, -EFAULT, -ENOMEM. On an error the control may hold files. */
int control_in(struct message_control *control, vaddr_t user, size_t len) __must_check;

/*
 * Write what came, descriptors for the files included, into *len bytes at `user`; *len becomes
 * what was used. What does not fit is dropped and told by MSG_CTRUNC in *flags_out.
 */
int control_out(struct message_control *control, vaddr_t user, unsigned long *len, unsigned flags,
	unsigned *flags_out) __must_check;

#endif
