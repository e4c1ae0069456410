/*
 * descriptors.c - GDT, TSS and IDT (Intel SDM 3A, 3.4, 6.10 and 7.7; AMD APM 2, 4 and 8).
 *
 * Four traps have stacks of their own, through the TSS's interrupt stack table:
 * those that can come while the stack pointer is not the kernel's (vectors.S),
 * and the double fault, which is how a kernel stack overflow arrives.
 *
 * Each CPU has all of it but the IDT, which is one for all.
 */
#include <kernel/cpu.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/page.h>
#include <hw/control.h>
#include <hw/descriptors.h>
#include <x86/stack.h>
#include <x86/trap.h>

#define STUB_SIZE      16
#define IST_SIZE       8192
#define GATE_INTERRUPT 0x8e /* present, ring 0, interrupt gate: IF is cleared */
#define GATE_RING3     0x60

struct tss {
	uint32_t reserved0;
	uint64_t rsp[3];
	uint64_t reserved1;
	uint64_t ist[7];
	uint64_t reserved2;
	uint16_t reserved3;
	uint16_t io_bitmap;
} __packed;
_Static_assert(sizeof(struct tss) == 104, "SDM 3A, figure 7-11");

struct gate {
	uint16_t offset_low;
	uint16_t selector;
	uint8_t ist;
	uint8_t type;
	uint16_t offset_middle;
	uint32_t offset_high;
	uint32_t reserved;
};
_Static_assert(sizeof(struct gate) == 16, "SDM 3A, figure 6-8");

struct table_pointer {
	uint16_t limit;
	uint64_t base;
} __packed;

enum ist { IST_NONE, IST_DOUBLE_FAULT, IST_NMI, IST_DEBUG, IST_MACHINE_CHECK, IST_COUNT };

struct hw_descriptors {
	uint64_t gdt[SELECTOR_TSS / 8 + 2];
	struct tss tss;
};

#define IST_ORDER 3 /* pages for a CPU's stacks */
_Static_assert((IST_COUNT - 1) * IST_SIZE == PAGE_SIZE << IST_ORDER, "IST_ORDER");

static struct hw_descriptors boot_descriptors;
static char boot_ist_stacks[(IST_COUNT - 1) * IST_SIZE] __aligned(16);
static struct gate idt[256] __aligned(16);

extern char vector_stubs[]; /* vectors.S */

static uint8_t ist_of(unsigned vector)
{
	switch (vector) {
	case X86_TRAP_DOUBLE_FAULT:
		return IST_DOUBLE_FAULT;
	case X86_TRAP_NMI:
		return IST_NMI;
	case X86_TRAP_DEBUG:
		return IST_DEBUG;
	case X86_TRAP_MACHINE_CHECK:
		return IST_MACHINE_CHECK;
	default:
		return IST_NONE;
	}
}

#define USER_MAY_RAISE(vector, name, has_error, user) [vector] = (user),
static const bool user_may_raise[256] = { X86_TRAPS(USER_MAY_RAISE) };
#undef USER_MAY_RAISE

static void idt_fill(void)
{
	for (unsigned i = 0; i < ARRAY_SIZE(idt); i++) {
		uint64_t stub = (uint64_t)vector_stubs + i * STUB_SIZE;

		idt[i] = (struct gate){
			.offset_low = (uint16_t)stub,
			.selector = SELECTOR_KERNEL_CODE,
			.ist = ist_of(i),
			.type = GATE_INTERRUPT | (user_may_raise[i] ? GATE_RING3 : 0),
			.offset_middle = (uint16_t)(stub >> 16),
			.offset_high = (uint32_t)(stub >> 32),
		};
	}
}

static void tss_fill(struct hw_descriptors *d, const char *ist_stacks)
{
	d->tss.io_bitmap = sizeof(d->tss); /* none */
	for (unsigned i = 0; i < IST_COUNT - 1; i++) {
		d->tss.ist[i] = (uint64_t)ist_stacks + (i + 1) * IST_SIZE;
	}
}

/* Flat segments; in long mode base and limit of code and data count for nothing. */
static void gdt_fill(struct hw_descriptors *d)
{
	uint64_t base = (uint64_t)&d->tss;

	d->gdt[SELECTOR_KERNEL_CODE / 8] = UINT64_C(0x00af9b000000ffff);
	d->gdt[SELECTOR_KERNEL_DATA / 8] = UINT64_C(0x00cf93000000ffff);
	d->gdt[SELECTOR_USER_CODE32 / 8] = UINT64_C(0x00cffb000000ffff);
	d->gdt[SELECTOR_USER_DATA / 8] = UINT64_C(0x00cff3000000ffff);
	d->gdt[SELECTOR_USER_CODE / 8] = UINT64_C(0x00affb000000ffff);
	d->gdt[SELECTOR_TSS / 8] = (sizeof(d->tss) - 1) | (base & 0xffffff) << 16 |
		UINT64_C(0x89) << 40 | (base >> 24 & 0xff) << 56;
	d->gdt[SELECTOR_TSS / 8 + 1] = base >> 32;
}

static void segments_load(const struct hw_descriptors *d)
{
	struct table_pointer gdtr = { sizeof(d->gdt) - 1, (uint64_t)d->gdt };
	struct table_pointer idtr = { sizeof(idt) - 1, (uint64_t)idt };

	__asm__ volatile("lgdt %0" ::"m"(gdtr) : "memory");
	__asm__ volatile("pushq %0\n\tleaq 1f(%%rip), %%rax\n\tpushq %%rax\n\tlretq\n1:\n\t"
			 "movl %1, %%ds\n\tmovl %1, %%es\n\tmovl %1, %%ss\n\t"
			 "movl %2, %%fs\n\tmovl %2, %%gs" ::"i"(SELECTOR_KERNEL_CODE),
			 "r"(SELECTOR_KERNEL_DATA), "r"(0)
			 : "rax", "memory");
	__asm__ volatile("lldt %w0\n\tltr %w1" ::"r"(0), "r"(SELECTOR_TSS)); /* no LDT */
	__asm__ volatile("lidt %0" ::"m"(idtr) : "memory");
}

int descriptors_make(struct cpu *cpu)
{
	struct hw_descriptors *d = heap_alloc(sizeof(*d)); /* zeroed */
	struct page *stacks = d ? page_alloc(IST_ORDER) : NULL;

	if (!stacks) {
		heap_free(d);
		return -ENOMEM;
	}
	gdt_fill(d);
	tss_fill(d, page_address(stacks));
	cpu->port.descriptors = d;
	return 0;
}

void descriptors_load(struct cpu *cpu, vaddr_t kernel_stack)
{
	segments_load(cpu->port.descriptors); /* clears GS base */
	cpu->port.self = cpu;
	msr_write(MSR_GS_BASE, (uint64_t)cpu);
	descriptors_kernel_stack_set(kernel_stack);
}

void descriptors_init(void)
{
	idt_fill();
	gdt_fill(&boot_descriptors);
	tss_fill(&boot_descriptors, boot_ist_stacks);
	cpu_boot.port.descriptors = &boot_descriptors;
	descriptors_load(&cpu_boot, stack_of(NULL).end);
}

void descriptors_kernel_stack_set(vaddr_t top)
{
	cpu_this()->port.descriptors->tss.rsp[0] = top;
	cpu_this()->port.kernel_rsp = top;
}
