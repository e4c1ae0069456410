/*
 * acpi.c - the few facts of ACPI's tables that a kernel without an interpreter can use
 * (ACPI specification 6.4, chapters 5 and 7; the MADT is 5.2.12, the FADT 5.2.9).
 *
 * The firmware is not trusted further than its checksums: a table that is out
 * of reach or does not sum to zero is not there. S5's sleep type stands in
 * AML; its package is found by name in the DSDT instead of being interpreted.
 */
#include <kernel/string.h>
#include <hw/paging.h>
#include "native.h"

#define EARLY_LIMIT    (UINT64_C(1) << 32)
#define LAPIC_DEFAULT  UINT64_C(0xfee00000)
#define IOAPIC_DEFAULT UINT64_C(0xfec00000)

struct rsdp {
	char signature[8];
	uint8_t checksum;
	char oem[6];
	uint8_t revision;
	uint32_t rsdt;
	uint32_t length;
	uint64_t xsdt;
} __packed;

struct table {
	char signature[4];
	uint32_t length;
	uint8_t revision, checksum;
	char oem[6], oem_table[8];
	uint32_t oem_revision, creator, creator_revision;
} __packed;
_Static_assert(sizeof(struct table) == 36, "ACPI 6.4, table 5.4");

struct madt {
	struct table header;
	uint32_t lapic;
	uint32_t flags;
} __packed;

enum { MADT_LAPIC = 0, MADT_IOAPIC = 1, MADT_OVERRIDE = 2, MADT_LAPIC_ADDRESS = 5 };

struct madt_entry {
	uint8_t type, length;
	union {
		struct {
			uint8_t processor, apic;
			uint32_t flags;
		} __packed lapic;
		struct {
			uint8_t id, reserved;
			uint32_t address, gsi;
		} __packed ioapic;
		struct {
			uint8_t bus, source;
			uint32_t gsi;
			uint16_t flags;
		} __packed override;
		struct {
			uint16_t reserved;
			uint64_t address;
		} __packed lapic_address;
	};
} __packed;

#define FADT_DSDT	  40
#define FADT_PM1A_CONTROL 64

struct acpi_facts acpi;

static bool sums_to_zero(const void *start, size_t len)
{
	uint8_t sum = 0;

	for (size_t i = 0; i < len; i++) {
		sum += ((const uint8_t *)start)[i];
	}
	return sum == 0;
}

/* The table at `physical`, NULL when it is not one. */
static const struct table *table_at(uint64_t physical)
{
	const struct table *t = phys_to_virt(physical);

	if (!physical || physical > EARLY_LIMIT - sizeof(*t) || t->length < sizeof(*t) ||
		t->length > EARLY_LIMIT - physical || !sums_to_zero(t, t->length)) {
		return NULL;
	}
	return t;
}

static uint32_t read32(const void *p)
{
	uint32_t value;

	memcpy(&value, p, sizeof(value));
	return value;
}

static void madt_entry_read(const struct madt_entry *e)
{
	switch (e->type) {
	case MADT_LAPIC:
		if (e->lapic.flags & 1) { /* enabled */
			if (acpi.cpu_count < CONFIG_NR_CPUS) {
				acpi.apic_ids[acpi.cpu_count] = e->lapic.apic;
			}
			acpi.cpu_count++;
		}
		break;
	case MADT_IOAPIC:
		if (e->ioapic.gsi == 0) {
			acpi.ioapic = e->ioapic.address;
			acpi.ioapic_gsi = e->ioapic.gsi;
		}
		break;
	case MADT_OVERRIDE:
		if (e->override.source < ACPI_OVERRIDES) {
			acpi.isa[e->override.source].valid = true;
			acpi.isa[e->override.source].gsi = e->override.gsi;
			acpi.isa[e->override.source].flags = e->override.flags;
		}
		break;
	case MADT_LAPIC_ADDRESS:
		acpi.lapic = e->lapic_address.address;
		break;
	}
}

static void madt_read(const struct madt *madt)
{
	const char *p = (const char *)(madt + 1), *end = (const char *)madt + madt->header.length;

	acpi.lapic = madt->lapic;
	while (end - p >= 2) {
		const struct madt_entry *e = (const struct madt_entry *)p;

		if (e->length < 2 || e->length > end - p) {
			return;
		}
		madt_entry_read(e);
		p += e->length;
	}
}

/* One small AML integer: ZeroOp, OneOp or BytePrefix (ACPI 6.4, 20.2.3); -1 for anything else. */
static int aml_integer(const uint8_t *p, const uint8_t *end)
{
	if (p < end && *p <= 1) {
		return *p;
	}
	return p + 1 < end && *p == 0x0a ? p[1] : -1;
}

/* Name(_S5_, Package(){ SLP_TYPa, ... }): the name, 0x12, the length (1 to 4 bytes), a count, the value. */
static void dsdt_read(const struct table *dsdt)
{
	const uint8_t *p = (const uint8_t *)(dsdt + 1), *end = (const uint8_t *)dsdt + dsdt->length;

	for (; end - p > 8; p++) {
		if (!memcmp(p, "_S5_\x12", 5)) {
			int type = aml_integer(p + 7 + (p[5] >> 6), end);

			if (type >= 0) {
				acpi.s5_type = (uint8_t)type;
				acpi.has_s5 = true;
			}
			return;
		}
	}
}

static void fadt_read(const struct table *fadt)
{
	const char *bytes = (const char *)fadt;
	const struct table *dsdt;

	if (fadt->length < FADT_PM1A_CONTROL + 4) {
		return;
	}
	acpi.pm1a_control = (uint16_t)read32(bytes + FADT_PM1A_CONTROL);
	dsdt = table_at(read32(bytes + FADT_DSDT));
	if (dsdt && acpi.pm1a_control) {
		dsdt_read(dsdt);
	}
}

static void table_read(const struct table *t)
{
	if (!t) {
		return;
	}
	if (!memcmp(t->signature, "APIC", 4) && t->length >= sizeof(struct madt)) {
		madt_read((const struct madt *)t);
	} else if (!memcmp(t->signature, "FACP", 4)) {
		fadt_read(t);
	}
}

/* Every table that the RSDT (32-bit addresses) or XSDT (64-bit) lists. */
static void root_read(const struct table *root, size_t address_size)
{
	const char *p = (const char *)(root + 1), *end = (const char *)root + root->length;

	for (; (size_t)(end - p) >= address_size; p += address_size) {
		uint64_t address = 0;

		memcpy(&address, p, address_size);
		table_read(table_at(address));
	}
}

void acpi_probe(uint64_t rsdp_address)
{
	const struct rsdp *rsdp = phys_to_virt(rsdp_address);
	const struct table *root = NULL;

	acpi.lapic = LAPIC_DEFAULT;
	acpi.ioapic = IOAPIC_DEFAULT;
	if (rsdp_address && rsdp_address < EARLY_LIMIT - sizeof(*rsdp) &&
		!memcmp(rsdp->signature, "RSD PTR ", 8) && sums_to_zero(rsdp, 20)) {
		bool has_xsdt = rsdp->revision >= 2 && rsdp->xsdt;

		root = table_at(has_xsdt ? rsdp->xsdt : rsdp->rsdt);
		if (root) {
			root_read(root, has_xsdt ? 8 : 4);
		}
	}
	acpi.cpu_count = MAX(acpi.cpu_count, 1u);
}
