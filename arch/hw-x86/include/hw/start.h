/*
 * hw/start.h - the steps of hw_start(), and what native64 and pvh64 each put in.
 *
 * Until paging_init() the early tables are loaded: the direct map covers the
 * lowest 4 GiB of physical addresses, RAM or not, writable.
 */
#ifndef HW_START_H
#define HW_START_H

#include <kernel/types.h>

struct cpu;
struct hvm_start_info;
struct mmu_aspace;

/* First C of the kernel; entry.S calls it with what the loader left in EBX. */
void hw_start(uint64_t start_info) __noreturn;

/* Time-stamp counter at the first instruction. */
extern uint64_t boot_tsc;

/* boot_info's command line, module and regions from the loader's description; nothing of it is needed afterwards. */
void start_info_read(const struct hvm_start_info *info);

/* ---- regions.c: boot_info.regions; addresses are physical -------------- */

/* Add the whole frames of [start, end); what overlaps or lies behind a RAM region known already is dropped. */
void boot_region_add_ram(uint64_t start, uint64_t end);

/* Take every frame that [start, end) touches out of the free regions, for `kind` (enum boot_region_kind). */
void boot_region_reserve(uint64_t start, uint64_t end, int kind);

/* One past the last frame of any region. */
pfn_t boot_region_limit(void);

/* ---- start.c ------------------------------------------------------------ */

/* Give up because of what the loader or the environment did: one line says why, then the verdict. */
void boot_refuse(const char *why) __noreturn;

/* ---- smp.c, user.c: further CPUs ------------------------------------------ */

/* What a further CPU needs before it starts. 0 or -ENOMEM. */
int hw_cpu_prepare(struct cpu *cpu) __must_check;

/* First C of a further CPU: final page tables loaded, on its idle thread's stack. */
void hw_cpu_enter(struct cpu *cpu) __noreturn;

/* Let this CPU run programs: SYSCALL, vector units. */
void hw_programs_enable(void);

/* ---- provided by native/ and pvh/ ------------------------------------ */

extern const char env_name[]; /* "native64" */

/*
 * First of all, traps caught already: is this the environment the image was built
 * for? If not, add a log sink that reaches whoever looks, and boot_refuse().
 * If it is, a console, so that everything after can report.
 */
void env_check(void);

/* What else the machine has, still on the early tables; announce its frames to paging. */
void env_probe(const struct hvm_start_info *info);

/* A further CPU's interrupt controller and clock event, by itself. */
void env_cpu_enter(void);

/* Drop what the TLBs of the CPUs in `set` hold of as->flush_*; returns when it is done. Preemption off. */
void env_tlb_flush(const struct mmu_aspace *as, uint64_t set);

/* An interrupt nobody set a handler for; acknowledge it. */
void env_unexpected_interrupt(unsigned vector);

#endif
