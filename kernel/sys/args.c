/*
 * args.c - argument lists of execve(): strings from user memory into one block.
 */
#include "args.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/string.h>

#define WORDS_MAX  4096u
#define STRING_MAX (128ul << 10) /* Linux's MAX_ARG_STRLEN */
#define GROWTH	   4096u

static int room_make(struct args *args, size_t more)
{
	size_t size = MAX(args->size * 2, args->used + more);
	char *block;

	if (args->used + more <= args->size) {
		return 0;
	}
	if (args->used + more > ARGS_LEN_MAX) {
		return -E2BIG;
	}
	size = MIN(MAX(size, (size_t)GROWTH), (size_t)ARGS_LEN_MAX);
	block = heap_alloc(size);
	if (!block) {
		return -ENOMEM;
	}
	memcpy(block, args->block, args->used);
	heap_free(args->block);
	args->block = block;
	args->size = size;
	return 0;
}

/* Strings of unknown length: try with what room there is, and with more. */
static int string_add(struct args *args, vaddr_t user)
{
	size_t room = 256;

	for (;;) {
		long len;
		int err = room_make(args, room);

		if (err) {
			return err;
		}
		room = MIN(args->size - args->used, STRING_MAX);
		len = user_string_in(args->block + args->used, user, room);
		if (len >= 0) {
			args->used += (size_t)len + 1;
			return 0;
		}
		if (len != -ENAMETOOLONG) {
			return (int)len;
		}
		if (room == STRING_MAX) {
			return -E2BIG;
		}
		room *= 2;
	}
}

/* The block may move while it grows, so the list is made at the end. */
static int list_make(struct args *args)
{
	char *s = args->block;

	args->list = heap_alloc((args->count + 1) * sizeof(args->list[0]));
	if (!args->list) {
		return -ENOMEM;
	}
	for (unsigned i = 0; i < args->count; i++) {
		args->list[i] = s;
		s += strlen(s) + 1;
	}
	return 0;
}

int args_read(struct args *args, vaddr_t user_list)
{
	int err = 0;

	*args = (struct args){ 0 };
	while (!err && user_list) {
		vaddr_t word;

		err = user_copy_in(&word, user_list + args->count * sizeof(word), sizeof(word));
		if (err || !word) {
			break;
		}
		err = args->count == WORDS_MAX ? -E2BIG : string_add(args, word);
		args->count++;
	}
	if (!err) {
		err = list_make(args);
	}
	if (err) {
		args_free(args);
	}
	return err;
}

void args_free(struct args *args)
{
	heap_free(args->block);
	heap_free(args->list);
	*args = (struct args){ 0 };
}
