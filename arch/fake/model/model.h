/*
 * model.h - a model of Xen for one 64-bit PV domain, inside a host process.
 *
 * The model owns "machine memory" (a memfd) and plays Xen, the domain builder,
 * the toolstack's daemons and the remote end of every shared page. The kernel
 * under test reaches it through model_hypercall() and through shared memory,
 * as it would reach Xen. Tests drive it through <fake/model.h>.
 *
 * It is stricter than Xen. What Xen refuses, the model refuses with the same
 * error, and keeps the reason as text. What Xen cannot see but is wrong all the
 * same (a stale TLB entry used, an argument read after Xen scribbled over it,
 * a store to a read-only table page) is a violation and ends the test.
 *
 * One vCPU; everything happens on the caller's thread. Where Xen or a remote
 * domain would act "meanwhile", the model acts at defined points: at every
 * hypercall, every reading of the time stamp counter and every wait.
 *
 * Files: frames (memory, owners), types (reference and type counts), paging
 * (entry and table validation), mirror (kernel addresses as host mappings), tlb
 * (user accesses), mmu_ops (the page-table hypercalls), multicall, evtchn, grant,
 * store, console, clock, sched, misc, builder (the domain as it starts).
 */
#ifndef MODEL_H
#define MODEL_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <xen/xen.h>
#include <fake/model.h>

#define PAGE_SHIFT 12
#define PAGE_SIZE  4096ul

#define ARRAY_SIZE(a)  (sizeof(a) / sizeof((a)[0]))
#define __printf(f, a) __attribute__((format(printf, f, a)))

/* ---- frames ------------------------------------------------------------ */

/* Machine frame numbers start far above any pseudo-physical one, so confusing the two is refused. */
#define MFN_BASE 0x40000ul

enum owner {
	OWNER_NOBODY,
	OWNER_GUEST,
	OWNER_XEN,    /* Xen's, shared with the guest: it may map it writable, nothing else */
	OWNER_REMOTE, /* another domain's */
};

/* Page types; a table's is its level. */
enum type { TYPE_NONE, TYPE_L1, TYPE_L2, TYPE_L3, TYPE_L4, TYPE_WRITABLE, TYPE_SEGDESC };

struct frame {
	enum owner owner;
	enum type type;
	bool validated; /* a table whose entries hold references */
	bool pinned;
	bool in_kernel_map; /* a table that maps addresses from kernel_va on, see mirror.c */
	uint64_t kernel_va;
	unsigned type_count;  /* users of it as `type` */
	unsigned total_count; /* all users */
};

struct machine {
	size_t count;	    /* machine frames */
	size_t guest_count; /* frames the guest started with */
	int memfd;
	uint8_t *memory;		      /* the model's own view */
	struct frame *frames;		      /* by mfn - MFN_BASE */
	uint64_t *m2p;			      /* the model's view of the table at LAYOUT_XEN_BASE */
	unsigned long kernel_root, user_root; /* mfn, 0: none */
};
extern struct machine machine;

void frames_init(const struct model_options *options);
struct frame *frame_of(unsigned long mfn); /* NULL: no such frame */
void *frame_memory(unsigned long mfn);
unsigned long frame_alloc(enum owner owner); /* a random unused one */
void frame_release(unsigned long mfn);
off_t frame_offset(unsigned long mfn);	   /* in the memfd */
const char *frame_name(unsigned long mfn); /* "mfn 41234 (pfn 17, L1 x2)", in a rotating buffer */

/* ---- types ------------------------------------------------------------- */

/* Take a reference to a frame of the guest's, plainly or as a type. 0 or a negative errno, with a reason. */
int frame_get(unsigned long mfn);
void frame_put(unsigned long mfn);
int type_get(unsigned long mfn, enum type type);
void type_put(unsigned long mfn);

/* ---- paging ------------------------------------------------------------ */

#define PTE_P	  0x001ull
#define PTE_RW	  0x002ull
#define PTE_U	  0x004ull
#define PTE_A	  0x020ull
#define PTE_D	  0x040ull
#define PTE_G	  0x100ull
#define PTE_KERN  (1ull << 52) /* Xen's mark of a guest kernel page */
#define PTE_NX	  (1ull << 63)
#define PTE_FRAME 0x000ffffffffff000ull

#define PT_ENTRIES 512u

static inline unsigned long pte_mfn(uint64_t e)
{
	return (e & PTE_FRAME) >> PAGE_SHIFT;
}

static inline unsigned pt_index(uint64_t va, unsigned level)
{
	return (va >> (PAGE_SHIFT + 9 * (level - 1))) & (PT_ENTRIES - 1);
}

static inline uint64_t pt_span(unsigned level)
{
	return 1ull << (PAGE_SHIFT + 9 * (level - 1));
}

/* Is slot `index` of a level-4 table Xen's own? */
bool is_xen_slot(unsigned index);

int table_validate(unsigned long mfn, unsigned level);
void table_devalidate(unsigned long mfn, unsigned level);

/* Change one entry of a validated table. */
int table_entry_set(unsigned long mfn, unsigned index, uint64_t value, bool preserve_ad);

/* The leaf entry for `va` below the root, NULL where a table is missing; *table is its frame. */
uint64_t *walk(unsigned long root, uint64_t va, unsigned long *table);

/* ---- mirror and TLB ---------------------------------------------------- */

void mirror_init(void);
void mirror_root(
	unsigned long mfn); /* this root's kernel slots are what the host's mappings follow */
void mirror_entry_changed(unsigned long table, unsigned level, unsigned index, uint64_t value);
void mirror_flush(void);
void mirror_flush_va(uint64_t va);
unsigned mirror_stale_count(void);
bool mirror_describe(uint64_t va, char *text, size_t size); /* why an access there faulted */

void tlb_flush(void); /* everything: kernel's and user's */
void tlb_flush_va(uint64_t va);
void tlb_prefetch(void); /* a hostile CPU caches all it can */

/* ---- the rest ------------------------------------------------------------ */

long dispatch(unsigned nr, const unsigned long a[5]);
bool multicall_active(void);

void builder_run(const struct model_options *options);

struct shared_info;
extern struct shared_info *shared_info;

#define GUEST_DOMID  7
#define REMOTE_DOMID 0

void evtchn_reset(void);
void evtchn_raise(uint32_t port); /* the remote end, or Xen, makes it pending */
void evtchn_raise_virq(unsigned virq);
uint32_t evtchn_bind_static(
	uint32_t remote, void (*notified)(void)); /* as the builder does for store and console */
void evtchn_mark_upcall(void);
unsigned evtchn_priority(uint32_t port);
bool evtchn_upcall_wanted(void); /* pending and not masked */
bool evtchn_upcall_pending(void);
void evtchn_upcall_unmask(void);

/* Event delivery by FIFO queues (evtchn_fifo.c). */
bool fifo_active(void);
void fifo_reset(void);
void fifo_pending(uint32_t port, unsigned priority);
int fifo_init_control(void *arg);
int fifo_expand_array(void *arg);
int fifo_unmask(uint32_t port, unsigned priority);
bool fifo_is_pending(uint32_t port);
bool fifo_is_masked(uint32_t port);
void fifo_clear_pending(uint32_t port);

void grant_reset(void);
void grant_restore(void);
void clock_reset(const struct model_options *options);
void clock_restore(void);
uint64_t clock_read(void); /* virtual ns */
void clock_advance(uint64_t ns);
bool clock_jump(void);	/* to the next timer; false when there is none */
void clock_check(void); /* raise what is due */
void clock_publish(void);
bool clock_deadlock(void); /* asks the test: true when it did something */

void store_reset(const struct model_options *options);
void store_restore(void);
void store_step(void);
void console_reset(void);
void console_restore(void);
/* The domain was saved, and is another one now (restore.c). */
void restore(void);
void console_step(void);

/* Let the daemons and the clock act. */
void world_step(void);

/* Each hypercall of hypercall.def has a function hc_NAME. */
#define HC_PROTO(name) long hc_##name(const unsigned long a[5]);
HC_PROTO(mmu_update)
HC_PROTO(update_va_mapping)
HC_PROTO(mmuext_op)
HC_PROTO(multicall)
HC_PROTO(event_channel_op)
HC_PROTO(grant_table_op)
HC_PROTO(sched_op)
HC_PROTO(set_timer_op)
HC_PROTO(vcpu_op)
HC_PROTO(memory_op)
HC_PROTO(xen_version)
HC_PROTO(console_io)
HC_PROTO(vm_assist)
HC_PROTO(stack_switch)
HC_PROTO(fpu_taskswitch)
HC_PROTO(set_segment_base)
#undef HC_PROTO

/* Refuse, and remember why: returns -err. */
long refuse(int err, const char *fmt, ...) __printf(2, 3);

/* The guest broke a rule that Xen does not check. Ends the test. */
void violation(const char *fmt, ...) __printf(1, 2) __attribute__((noreturn));

/* Seeded, the same on every host. */
uint32_t random_u32(void);
static inline uint32_t random_below(uint32_t n)
{
	return random_u32() % n;
}

#endif
