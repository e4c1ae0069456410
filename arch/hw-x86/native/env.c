/* env.c - native64: the bare machine's steps of a boot (hw/start.h, arch/boot.h). */
#include <arch/boot.h>
#include <kernel/log.h>
#include <drivers/hw/uart.h>
#include <drivers/hw/virtio_blk.h>
#include <drivers/hw/virtio_net.h>
#include <hw/interrupt.h>
#include <hw/paging.h>
#include <hw/start.h>
#include <xen/xen.h>
#include <xen/arch-x86/hvm/start_info.h>
#include "native.h"

#define COM1	 0x3f8
#define COM1_IRQ 4

const char env_name[] = "native64";

void env_check(void)
{
	if (foreign_xen_find()) {
		boot_refuse("this is the native64 image, for bare machines, but here is Xen: "
			    "build and boot ENV=pvh64");
	}
	uart_console_init(COM1);
}

void env_probe(const struct hvm_start_info *info)
{
	clock_calibrate();
	acpi_probe(info->rsdp_paddr);
	boot_info.cpus_present = acpi.cpu_count;
	paging_add_device(pfn(acpi.lapic >> PAGE_SHIFT), 1);
	paging_add_device(pfn(acpi.ioapic >> PAGE_SHIFT), 1);
}

void env_unexpected_interrupt(unsigned vector)
{
	log_warn("apic: interrupt with vector %u, which nobody asked for", vector);
	apic_acknowledge();
}

void env_cpu_enter(void)
{
	apic_cpu_init();
	clock_event_cpu_init();
}

static void uart_handler(void)
{
	uart_interrupt();
	apic_acknowledge();
}

void port_init_late(void)
{
	apic_init();
	smp_interrupts_init();
	clock_event_init();
	interrupt_handler_set(VECTOR_UART, "uart", uart_handler);
	apic_isa_route(COM1_IRQ, VECTOR_UART);
	uart_input_enable();
}

void port_init_devices(void)
{
	virtio_blk_init();
	virtio_net_init();
}

void port_describe(void)
{
	log_info("native64: no hypervisor, bare x86-64");
	log_info("native64: power-off by %s", acpi.has_s5 ? "acpi S5" : "reset, no acpi S5 found");
}
