/* port/percpu.h (pv64) - the segment that holds per-CPU data: GS, whose base Xen sets. For <port/cpu.h> only. */
#ifndef PORT_PERCPU_H
#define PORT_PERCPU_H

#define PORT_STACK_LIMIT 8
#define PORT_CR2	 80

#ifndef __ASSEMBLER__
#include <kernel/types.h>

#define PORT_PERCPU "%%gs:"

struct port_percpu {
	vaddr_t fs_base, gs_base; /* of the program that ran last, as Xen was told (64/tls.c) */
};
#endif

#endif
