/* process.h - clone(), whose arguments each interface has in its own order. */
#ifndef SYS_PROCESS_H
#define SYS_PROCESS_H

#include <kernel/types.h>

/* `tls` as port_user_tls_set() takes it. */
long process_clone_by(
	unsigned flags, vaddr_t stack, vaddr_t parent_tid, vaddr_t child_tid, unsigned long tls);

/* Of a structure that is longer than what is known here: all zeroes, or -E2BIG; -EFAULT. */
int struct_tail_check(vaddr_t at, size_t len) __must_check;

struct group_list;

/* For setgroups(): a list (none for a count of 0) whose ids the caller fills. -EPERM, -EINVAL, -ENOMEM. */
int groups_prepare(int count, struct group_list **list) __must_check;

#endif
