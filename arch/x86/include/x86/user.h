/*
 * x86/user.h - programs on 64-bit x86: what the ports' entry code and switch need.
 *
 * Frames of user mode carry in `vector`: the trap's number, or one of those
 * below; and in `error_code` for a system call its number (RAX is overwritten
 * by the result, and a restart needs it).
 */
#ifndef X86_USER_H
#define X86_USER_H

#define X86_VECTOR_UPCALL   256
#define X86_VECTOR_SYSCALL  257
#define X86_VECTOR_FAILSAFE 258
#define X86_VECTOR_FULL	    259 /* came from anywhere, must be left with every register restored */

#ifndef __ASSEMBLER__
#include <arch/user.h>
#include <x86/trap.h>

/* Selectors of user mode as frames hold them, on this port: 64-bit code, 32-bit code, data. */
extern const unsigned port_user_cs, port_user_cs32, port_user_ss;

/* Entry code, system call: frame complete. */
void x86_syscall(struct trap_frame *frame);

/* Entry code, on the way to user mode; masks interrupts and returns with them masked. */
void x86_user_leave(struct trap_frame *frame);

/* x86_trap() for a frame of user mode. */
void x86_user_trap(struct trap_frame *frame, vaddr_t fault_address);

/*
 * A fault of kernel mode at a user address, in code that expects it: true when
 * the page is there now.
 */
bool x86_user_fault_resolve(const struct trap_frame *frame, vaddr_t fault_address);

/* Leave to user mode through `frame`, which lies at the top of the kernel stack. Entry code. */
void port_frame_leave(struct trap_frame *frame) __noreturn;

/* Tell the CPU (or Xen, queued) the thread's FS and GS bases. */
void port_tls_load(const struct port_user *user);

/* Where all programs' vDSO has its entry point; 0: the width has none, or the option vdso=off took it. */
vaddr_t vdso_entry(void);

/* After a debug trap: whether a single step caused it. Forgets. */
bool port_debug_was_step(void);

/* Bracket accesses to user memory from kernel mode: SMAP, where the port uses it. */
void port_access_begin(void);
void port_access_end(void);

/* Save the running program's vector state, load another's; NULL fpu: nothing to do. */
void fpu_save(struct port_user *user);
void fpu_load(const struct port_user *user);

/* Once per boot: what the platform has (none, fxsave, xsave with which parts). */
void fpu_init(void);
size_t fpu_size(void);
bool fpu_has_xsave(void);
uint64_t fpu_features(void);
/*
 * The running program's exceptions that are flagged and not masked, as bits 0 to 5
 * of the x87's status word and of MXCSR have them (SDM 1, 8.1.3.3 and 10.2.3).
 */
unsigned fpu_x87_exceptions(void);
unsigned fpu_simd_exceptions(void);
/* Replace the running program's state by what came from user memory, fpu_size() bytes: -EINVAL when the CPU would refuse it. */
int fpu_replace(void *image, bool legacy_only) __must_check;
/* Replace it by that of a fresh program. */
void fpu_reset(void);
#endif

#endif
