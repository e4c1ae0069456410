/* domctl.h - what Xen itself knows of a domain. */
#ifndef RIG_DOMCTL_H
#define RIG_DOMCTL_H

#include <stdbool.h>
#include <stdint.h>

struct domain_state {
	bool is_over;  /* it shut down, or is being destroyed */
	unsigned code; /* of its shutdown: SHUTDOWN_* of Xen's public/sched.h */
	uint64_t time; /* of a CPU, in nanoseconds */
};

/* False if there is no such domain; ends the program when Xen refuses. */
bool domain_state(int domid, struct domain_state *state);

/* Has Xen destroy a domain; whether it did. */
bool domain_destroy(int domid);

#endif
