/*
 * multicall.c - a list of calls in one trip.
 *
 * A refused entry does not stop the later ones. As in a debug build of Xen,
 * everything but the result of an entry is scribbled over once it has run. No
 * nesting.
 */
#include <string.h>
#include "model.h"

static bool active;

bool multicall_active(void)
{
	return active;
}

static void entry_run(struct multicall_entry *entry)
{
	unsigned long a[5];

	for (unsigned i = 0; i < 5; i++) {
		a[i] = entry->args[i];
	}
	entry->result = (unsigned long)dispatch((unsigned)entry->op, a);
	entry->op = 0xaaaa;
	memset(entry->args, 0xaa, sizeof(entry->args));
}

long hc_multicall(const unsigned long a[5])
{
	struct multicall_entry *list = (struct multicall_entry *)a[0];

	if (active) {
		return refuse(EINVAL, "multicall within a multicall");
	}
	active = true;
	for (unsigned i = 0; i < (unsigned)a[1]; i++) {
		entry_run(&list[i]);
	}
	active = false;
	return 0;
}
