/*
 * port/layout.h (fake) - the kernel's virtual addresses inside a host process.
 *
 *   0000000000000000  user programs: only walked by the model, never mapped here
 *   000017ffffffffff
 *   0000180000000000  Xen's own (machine-to-physical table at its start)
 *   0000200000000000  direct map
 *   0000300000000000  vmap
 *   0000380000000000  kernel image: reserved, the host's loader put it elsewhere
 *
 * Same names and order as on real x86. Each region has top-level slots of its
 * own, away from the host's image, libraries, stack and the address sanitizer's
 * shadow, so that the model can mirror the kernel's page tables with mmap().
 */
#ifndef PORT_LAYOUT_H
#define PORT_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_ADDRESS(a) a
#else
#define LAYOUT_ADDRESS(a) a##ul
#endif

#define LAYOUT_USER_END	   LAYOUT_ADDRESS(0x0000180000000000)
#define LAYOUT_XEN_BASE	   LAYOUT_ADDRESS(0x0000180000000000)
#define LAYOUT_DIRECT_BASE LAYOUT_ADDRESS(0x0000200000000000)
#define LAYOUT_VMAP_BASE   LAYOUT_ADDRESS(0x0000300000000000)
#define LAYOUT_VMAP_SIZE   LAYOUT_ADDRESS(0x0000000020000000)
#define LAYOUT_IMAGE_BASE  LAYOUT_ADDRESS(0x0000380000000000)

#define LAYOUT_IS_ADDRESS(va) ((va) < LAYOUT_USER_END || (va) >= LAYOUT_XEN_BASE)

#define LAYOUT_IN_DIRECT_MAP(va) ((va) >= LAYOUT_DIRECT_BASE && (va) < LAYOUT_VMAP_BASE)

#endif
