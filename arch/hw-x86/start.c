/*
 * start.c - from the first C instruction to kernel_main(), on a CPU in ring 0.
 *
 * In order, because each step needs the one before: descriptor tables (so that a
 * mistake says which), the environment's check with a console, the loader's
 * description, the environment's own findings, the final page tables.
 */
#include <arch/boot.h>
#include <kernel/log.h>
#include <hw/descriptors.h>
#include <hw/paging.h>
#include <hw/start.h>

void boot_refuse(const char *why)
{
	log_err("boot: %s", why);
	machine_shutdown(MACHINE_POWEROFF, 2);
}

void hw_start(uint64_t start_info)
{
	const struct hvm_start_info *info = phys_to_virt(start_info);

	descriptors_init();
	env_check();
	boot_info.port = env_name;
	start_info_read(info);
	env_probe(info);
	paging_init();
	kernel_main();
}

/* The tables of traps are in place since hw_start(). */
void port_init_traps(void)
{
}
