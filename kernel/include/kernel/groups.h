/*
 * groups.h - the supplementary groups of a process (credentials(7)): a list that nobody changes once
 * a process has it, so those that were forked share it.
 *
 * Nothing here sleeps. process_lock is taken.
 */
#ifndef KERNEL_GROUPS_H
#define KERNEL_GROUPS_H

#include <kernel/types.h>

struct process;

#define GROUPS_MAX 65536u /* NGROUPS_MAX */

struct group_list {
	unsigned refs, count;
	uint32_t ids[]; /* ascending */
};

/* With one reference, its `count` ids for the caller to fill; NULL: no memory. */
struct group_list *group_list_make(size_t count) __must_check;
void group_list_unref(struct group_list *list); /* NULL is allowed */

/* The process's list, referenced; NULL: it has none. */
struct group_list *process_groups_hold(struct process *process) __must_check;

/*
 * The calling process has this list from now on, ids in any order; NULL: none. The reference goes with it,
 * also when it is refused: -EINVAL, an id that is none.
 */
int process_groups_set(struct group_list *list) __must_check;

/* Whether the group is in the calling process's list, and whether it acts for it, by its effective one too. False for kernel threads. */
bool process_is_in_list(uint32_t gid);
bool process_is_in_group(uint32_t gid);

#endif
