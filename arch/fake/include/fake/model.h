/*
 * fake/model.h - driving the model of Xen from a test.
 *
 * Plain C types only: tests are compiled as kernel code, the model as host code.
 */
#ifndef FAKE_MODEL_H
#define FAKE_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* How a stale TLB shows. */
enum model_tlb {
	MODEL_TLB_LAZY,	  /* keeps every entry until it is told */
	MODEL_TLB_RANDOM, /* forgets some by itself */
	MODEL_TLB_EAGER,  /* forgets at once */
};

struct model_options {
	size_t frames; /* the guest's memory; 0: 4096 frames */
	uint32_t seed;
	enum model_tlb tlb;
	bool tlb_prefetch;	   /* before every hypercall, cache all that is mapped */
	bool fifo;		   /* offer the FIFO event-channel ABI */
	bool spurious;		   /* now and then an upcall with nothing pending, an early timer */
	bool shim;		   /* only the grant operations that Debian's PV shim has */
	unsigned grant_frames_max; /* 0: 32 */
	unsigned cpus;		   /* virtual CPUs the domain has; 0: 1 */
	uint64_t tsc_start;	   /* time stamp counter at the start; 0: somewhere */
	uint32_t tsc_drift; /* most parts in a million by which Xen misjudges the counter's rate */
	uint32_t tsc_ahead; /* most ticks that the CPU which publishes the time is ahead of ours */
};

/* Build a domain; the calling process can do this once. */
void model_init(const struct model_options *options);

/* What the kernel under test finds, as start_info would tell it. */
struct model_start {
	unsigned long *mfn_list; /* machine frame of each of its frames; the guest's own memory */
	unsigned long frames;
	unsigned long root_pfn;			/* loaded level-4 table */
	unsigned long tables_pfn, tables_count; /* all initial page tables, root first */
	unsigned long direct_tables_pfn;	/* the direct map's leaf tables */
	unsigned long m2p_count;
	unsigned long store_pfn, console_pfn;
	uint32_t store_port, console_port;
	void *shared_info;
	unsigned cpus;
};
extern struct model_start model_start;

long model_hypercall(unsigned nr, unsigned long a1, unsigned long a2, unsigned long a3,
	unsigned long a4, unsigned long a5);

/* Why Xen last refused something; "" when it never did. */
const char *model_refusal(void);
/* Times it did. */
unsigned long model_refusals(void);

/* ---- called by the model, provided by the port or the test harness -------- */

/* The guest broke a rule that Xen cannot enforce. Must not return. */
void fake_violation(const char *text) __attribute__((noreturn));
/* SCHEDOP_shutdown. Must not return. */
void fake_shutdown(unsigned reason) __attribute__((noreturn));

/* What becomes of a guest that has itself saved (SHUTDOWN_suspend), from now on. */
enum model_saved {
	MODEL_RUNS_ON,	/* only saved */
	MODEL_RESTORED, /* on another machine, by another toolstack: restore.c */
};
void model_on_suspend(enum model_saved how);
/* Times it did. */
unsigned model_suspends(void);

/* ---- memory ------------------------------------------------------------- */

struct model_frame {
	int owner; /* enum owner of model.h */
	int type;  /* 0 none, 1..4 table of that level, 5 writable, 6 descriptors */
	unsigned type_count, total_count;
	bool pinned, validated;
};
#define MODEL_TYPE_NONE	    0
#define MODEL_TYPE_WRITABLE 5

bool model_frame_get(unsigned long mfn, struct model_frame *frame);
unsigned long model_pfn_to_mfn(unsigned long pfn);

/* Sums over all of the guest's frames: to compare before and after. */
struct model_totals {
	unsigned long type_counts, total_counts, pinned, tables;
};
void model_totals_get(struct model_totals *totals);

/* Access user memory as a program would, through the model's TLB. 0, or -EFAULT. */
int model_user_access(uint64_t va, bool write, bool exec, unsigned long *mfn);
int model_user_read(uint64_t va, void *buf, size_t len);
int model_user_write(uint64_t va, const void *buf, size_t len);
/* The same by the kernel, through its own root. */
int model_kernel_read(uint64_t va, void *buf, size_t len);
int model_kernel_write(uint64_t va, const void *buf, size_t len);

/* TLB entries that disagree with the page tables: 0 after a commit. */
unsigned model_tlb_stale(void);
/* Of one user address: cached, and wrong. */
bool model_tlb_stale_at(uint64_t va);

unsigned long model_user_root(void);   /* mfn, 0: none */
unsigned long model_kernel_root(void); /* mfn */

/* Explain a host fault at a kernel address; false when the address is none of ours. */
bool model_fault_describe(uint64_t va, char *text, size_t size);

/* ---- hypercall trace ------------------------------------------------------ */

struct model_call {
	unsigned nr;
	unsigned count; /* entries of a list operation */
	bool in_multicall;
};
/* The last calls since model_trace_clear(); returns how many (at most `max` are written). */
size_t model_trace_get(struct model_call *calls, size_t max);
void model_trace_clear(void);
/* Make the next call numbered `nr` fail with -err without doing anything. */
void model_refuse_next(unsigned nr, int err);

/* Xen's struct vcpu_info of the one vCPU moves to `place`, as VCPUOP_register_vcpu_info has it. */
void model_vcpu_info_place(void *place);
void *model_vcpu_info(void);

/* ---- events and time ------------------------------------------------------- */

uint64_t model_now(void);
void model_advance(uint64_t ns);
uint64_t model_tsc(void);
/* A raised event that the guest could see now. */
bool model_upcall_wanted(void);
/* The remote end of a channel signals. */
void model_evtchn_raise(uint32_t port);
/* The remote end binds to a port the guest allocated; `notified` runs when the guest sends. */
int model_evtchn_connect(uint32_t port, void (*notified)(void));
/* Times the guest sent on a port since it was bound. */
unsigned long model_evtchn_sent(uint32_t port);
bool model_evtchn_is_pending(uint32_t port);
bool model_evtchn_is_masked(uint32_t port);
bool model_evtchn_is_open(uint32_t port);
/* Raw words of the FIFO event array, for the fuzzer; NULL when it has not grown there. */
uint32_t *model_fifo_word(uint32_t port);
void *model_fifo_control(void);
/* Runs when a guest waits and nothing at all could wake it; returns false: still nothing. */
void model_on_deadlock(bool (*hook)(void));
void model_world_step(void);

/* ---- grants ------------------------------------------------------------------ */

/* Domain 0 maps a grant: 0 and where the model sees the page, or a negative errno. */
int model_grant_map(uint32_t ref, bool write, void **memory);
int model_grant_unmap(uint32_t ref);
bool model_grant_is_mapped(uint32_t ref);

/* ---- xenstore ----------------------------------------------------------------- */

enum model_store_fault {
	MODEL_STORE_OK,
	MODEL_STORE_SILENT,	   /* never answers */
	MODEL_STORE_WRONG_ID,	   /* request id of nobody */
	MODEL_STORE_WRONG_TYPE,	   /* answers with another type */
	MODEL_STORE_TOO_LONG,	   /* header announces more than the protocol allows */
	MODEL_STORE_HALF,	   /* the last byte of an answer never comes */
	MODEL_STORE_BAD_INDEX,	   /* producer index beyond the ring */
	MODEL_STORE_BAD_CONSUMER,  /* consumer index beyond what was produced */
	MODEL_STORE_NO_NUL,	   /* error or list without a final NUL */
	MODEL_STORE_UNKNOWN_ERROR, /* error text of no errno */
	MODEL_STORE_BAD_WATCH,	   /* watch event without a token */
	MODEL_STORE_STRAY_WATCH,   /* watch event for a token never registered */
	MODEL_STORE_BINARY,	   /* value holds NULs and high bytes */
	MODEL_STORE_EMPTY,	   /* answer without payload */
	MODEL_STORE_FAULTS,
};
/* How the daemon treats the next `count` requests. */
void model_store_fault(enum model_store_fault fault, unsigned count);
/* Bytes it moves through the ring in one step; 0: as many as fit. */
void model_store_chunk(unsigned bytes);
/* Let the next `count` transaction ends conflict. */
void model_store_conflicts(unsigned count);

/* The toolstack's side of the tree; fires watches. NULL value: remove. */
void model_store_set(const char *path, const char *value);
/* NULL when there is none. */
const char *model_store_get(const char *path);
/* Runs after every change by the guest, with the path. */
void model_store_on_change(void (*hook)(const char *path));
unsigned model_store_watches(void);
unsigned model_store_transactions(void);
unsigned long model_store_requests(void);
/* The shared page (struct xenstore_domain_interface), for the fuzzer. */
void *model_store_ring(void);
/* It takes and gives nothing while it is stopped: it sleeps, or a fuzzer plays it. */
void model_store_stop(bool is_stopped);

/* ---- console ------------------------------------------------------------------- */

void model_console_input(const char *text);
/* All the guest wrote so far. */
const char *model_console_output(void);
void *model_console_ring(void);	       /* struct xencons_interface */
void model_console_stop(bool stopped); /* consumes nothing while stopped */
/* What the guest said on Xen's own console. */
const char *model_xen_console(void);

#endif
