/* console-ring.h - the console's data path, as its set-up (console_setup.c) uses it. */
#ifndef FRONT_CONSOLE_RING_H
#define FRONT_CONSOLE_RING_H

#include <kernel/types.h>

#define CONSOLE_RING_IN_LEN  1024u /* io/console.h: in[] */
#define CONSOLE_RING_OUT_LEN 2048u /* out[] */

/* Take up to `size` bytes that were typed; 0 when there are none or the console is broken. */
size_t console_ring_read(char *buf, size_t size);

/* True if the other side took output since the last call. */
bool console_ring_has_drained(void);

bool console_ring_is_broken(void);

/* Another daemon is at the other side; the ring may have been emptied. */
void console_ring_restart(void);

/* Wake the other side. */
void console_ring_notify(void);

/* The same if there is output that it was not told of and does not come to by itself. */
void console_ring_tell(void);

#endif
