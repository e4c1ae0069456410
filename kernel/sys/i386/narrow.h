/* narrow.h - users and groups of 16 bits: a number that has more is told as nobody's. */
#ifndef SYS_I386_NARROW_H
#define SYS_I386_NARROW_H

#include <kernel/types.h>

#define ID_OVERFLOW 65534u

static inline uint16_t id_narrowed(uint32_t id)
{
	return (uint16_t)(id > UINT16_MAX ? ID_OVERFLOW : id);
}

/* -1, which leaves things as they are, stays that. */
static inline int id_widened(unsigned id)
{
	return (uint16_t)id == UINT16_MAX ? -1 : (int)(uint16_t)id;
}

#endif
