/* drivers/hw/pci.h - the few things the baseline wants of PCI: finding devices of bus 0, their first port range. */
#ifndef DRIVERS_HW_PCI_H
#define DRIVERS_HW_PCI_H

#include <kernel/types.h>

struct pci_device {
	unsigned slot;
	uint16_t vendor, device;
	uint16_t ports; /* of base address register 0, if that is ports; else 0 */
	unsigned irq;	/* ISA interrupt that the firmware chose, 0xff: none */
};

/* The first device from `slot` on of that vendor with an identity in [first, last]: 0, or -ENODEV. */
int pci_find(unsigned slot, uint16_t vendor, uint16_t first, uint16_t last,
	struct pci_device *found) __must_check;

/* Let it answer at its ports and reach memory by itself. */
void pci_enable(const struct pci_device *device);

#endif
