/* console-ring.h - what consoles have in common, and the first one's data path, as its set-up (console_setup.c) uses it. */
#ifndef FRONT_CONSOLE_RING_H
#define FRONT_CONSOLE_RING_H

#include <kernel/types.h>
#include <xen/io/console.h>

#define CONSOLE_RING_IN_LEN  1024u /* io/console.h: in[] */
#define CONSOLE_RING_OUT_LEN 2048u /* out[] */

_Static_assert(sizeof(((struct xencons_interface *)0)->in) == CONSOLE_RING_IN_LEN,
	"io/console.h: input ring");
_Static_assert(sizeof(((struct xencons_interface *)0)->out) == CONSOLE_RING_OUT_LEN,
	"io/console.h: output ring");

/*
 * Bytes between two indices of a ring of `size`, which run freely (io/console.h); negative when that is more than
 * the ring holds: one of the two is a lie.
 */
static inline int console_ring_distance(uint32_t from, uint32_t to, size_t size)
{
	return to - from <= size ? (int)(to - from) : -1;
}

/*
 * Whether the other side's index has come further than it was *seen, within what there is, which ends at `most`:
 * going back and forth is no progress.
 */
static inline bool console_ring_has_come(uint32_t *seen, uint32_t now, uint32_t most)
{
	uint32_t step = now - *seen;

	if (step == 0 || step > most - *seen) {
		return false;
	}
	*seen = now;
	return true;
}

/* What is then said of a console. */
#define CONSOLE_BROKEN "the back-end's ring indices make no sense; the console is off"

/* Linux's numbers for /dev/hvcN. */
#define CONSOLE_MAJOR 229u

/* Take up to `size` bytes that were typed; 0 when there are none or the console is broken. */
size_t console_ring_read(char *buf, size_t size);

/* True if the other side took output since the last call. */
bool console_ring_has_drained(void);

bool console_ring_is_broken(void);

/* True once for each time that the other side takes nothing and output begins to be lost. */
bool console_ring_has_stalled(void);

/* By the set-up: one of the two is so from now on. Called while the log is held, by any CPU; may neither log nor wake. */
void console_ring_trouble(void);

/* Another daemon is at the other side; the ring may have been emptied. */
void console_ring_restart(void);

/* Wake the other side. */
void console_ring_notify(void);

/* The same if there is output that it was not told of and does not come to by itself. */
void console_ring_tell(void);

#endif
