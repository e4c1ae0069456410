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

/*
 * getgroups() and setgroups(), of ids as wide as `out` or `in` moves them between a list and the user's memory:
 * 0 or -EFAULT.
 */
long groups_tell(int count, vaddr_t user, int (*out)(const struct group_list *list, vaddr_t user));
long groups_replace(int count, vaddr_t user, int (*in)(struct group_list *list, vaddr_t user));

#endif
