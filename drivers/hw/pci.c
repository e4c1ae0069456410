/* pci.c - PCI configuration space by ports (PCI Local Bus 3.0, 3.2.2.3.2), bus 0, function 0. */
#include <drivers/hw/pci.h>
#include <hw/io.h>
#include <kernel/errno.h>

#define CONFIG_ADDRESS 0xcf8
#define CONFIG_DATA    0xcfc
#define CONFIG_ENABLE  (1u << 31)
#define SLOTS	       32u

enum { ID = 0x00, COMMAND = 0x04, BASE_0 = 0x10, INTERRUPT = 0x3c };

#define COMMAND_PORTS_AND_MASTER 0x5u
#define BASE_IS_PORTS		 1u

static void select(unsigned slot, unsigned reg)
{
	outl(CONFIG_ADDRESS, CONFIG_ENABLE | slot << 11 | reg);
}

static uint32_t config_read(unsigned slot, unsigned reg)
{
	select(slot, reg);
	return inl(CONFIG_DATA);
}

int pci_find(
	unsigned slot, uint16_t vendor, uint16_t first, uint16_t last, struct pci_device *found)
{
	for (; slot < SLOTS; slot++) {
		uint32_t id = config_read(slot, ID), base;

		if ((uint16_t)id != vendor || id >> 16 < first || id >> 16 > last) {
			continue;
		}
		base = config_read(slot, BASE_0);
		*found = (struct pci_device){ .slot = slot,
			.vendor = vendor,
			.device = (uint16_t)(id >> 16),
			.ports = base & BASE_IS_PORTS ? (uint16_t)(base & ~3u) : 0,
			.irq = config_read(slot, INTERRUPT) & 0xff };
		return 0;
	}
	return -ENODEV;
}

void pci_enable(const struct pci_device *device)
{
	uint32_t command = config_read(device->slot, COMMAND) & 0xffff;

	select(device->slot, COMMAND);
	outl(CONFIG_DATA, command | COMMAND_PORTS_AND_MASTER);
}
