/* port/percpu.h (pv64) - the segment that holds per-CPU data: GS, whose base Xen sets. For <port/cpu.h> only. */
#ifndef PORT_PERCPU_H
#define PORT_PERCPU_H

#define PORT_STACK_LIMIT 8
#define PORT_CR2	 80

#ifndef __ASSEMBLER__
#define PORT_PERCPU "%%gs:"
/* The rest of struct port_cpu: nothing. */
struct port_percpu {
};
#endif

#endif
