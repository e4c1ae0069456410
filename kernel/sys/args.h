/* args.h - a NULL-terminated list of strings, taken from user memory. */
#ifndef SYS_ARGS_H
#define SYS_ARGS_H

#include <kernel/types.h>

#define ARGS_LEN_MAX (512ul << 10) /* bytes of one list's strings */

struct args {
	char **list;
	unsigned count;
	char *block;
	size_t used, size;
};

/* 0, -EFAULT, -E2BIG or -ENOMEM; a null pointer reads as an empty list. args_free() takes it back. */
int args_read(struct args *args, vaddr_t user_list) __must_check;
void args_free(struct args *args);

#endif
