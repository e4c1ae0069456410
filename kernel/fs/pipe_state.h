/* pipe_state.h - a pipe, for the files that move bytes through it: pipe.c, pipe_splice.c. */
#ifndef PIPE_STATE_H
#define PIPE_STATE_H

#include <kernel/pipe.h>
#include "pipe_ring.h"

/* The invariants are in pipe.c. */
struct pipe {
	struct mutex lock;
	struct pipe_ring ring;
	unsigned readers, writers;
	unsigned readers_ever, writers_ever; /* for those who wait in open() */
	unsigned refs;			     /* open files; under open_lock */
	struct wait_queue readable, writable, opened;
};

/* The pipe of an open file, NULL when it is another kind. */
struct pipe *pipe_behind(struct file *file);

/* SIGPIPE for the caller: nobody will read what it writes. */
void pipe_signal_broken(void);

#endif
