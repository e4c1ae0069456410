/* poll.h - what the calls that wait with a signal mask of their own share; see poll.c. */
#ifndef SYS_POLL_H
#define SYS_POLL_H

#include <kernel/types.h>

/* Block the user's mask (0: none given) for this call: 0, -EINVAL, -EFAULT. */
int user_mask_lend(vaddr_t mask, size_t size) __must_check;

/*
 * The end of a call after user_mask_lend(): unless a signal ended it (-EINTR), whose handler is to
 * run under the lent mask, the old one comes back now. Returns `result`.
 */
long user_mask_settle(long result);

#endif
