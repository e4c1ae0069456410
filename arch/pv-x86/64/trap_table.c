/* trap_table.c (pv64) - the virtual trap table, and the three entries that are not traps. */
#include "../port.h"
#include "../trap_table.h"

#include <drivers/xen/hypercall.h>
#include <kernel/panic.h>

void port_traps_register(void)
{
	static struct trap_info traps[] = { X86_TRAPS(TRAP){ 0 } };
	long err = xen_set_trap_table(traps);

	if (!err) {
		err = xen_set_callbacks((unsigned long)event_upcall, (unsigned long)failsafe_entry,
			(unsigned long)syscall_entry);
	}
	if (err) {
		panic("boot: Xen refused the trap table or the callbacks: %ld", err);
	}
}
