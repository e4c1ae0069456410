/*
 * port/layout.h (32-bit x86, Xen) - the kernel's virtual addresses.
 *
 *   00000000  user programs, 2 GiB
 *   7fffffff
 *   80000000  direct map: frame p at LAYOUT_DIRECT_BASE + p * 4096; the kernel's image is
 *             a part of it, and so is what Xen's builder put behind that
 *   f1800000  vmap: kernel stacks, rings, anything with a guard page
 *   f5800000  Xen's own; its machine-to-physical table begins here or later
 *   ffffffff
 *
 * The hypervisor's part is smaller on small machines (public arch-x86/xen-x86_32.h,
 * HYPERVISOR_VIRT_START_PAE, is the largest that a 64-bit one takes for a 32-bit domain, and the ELF note
 * HV_START_LOW asks for no more). So a program has as much
 * as a positive `long` counts, and memory beyond 1816 MiB is not used.
 */
#ifndef PORT_LAYOUT_H
#define PORT_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_ADDRESS(a) a
#else
#define LAYOUT_ADDRESS(a) a##ul
#endif

#define LAYOUT_USER_END	   LAYOUT_ADDRESS(0x80000000)
#define LAYOUT_DIRECT_BASE LAYOUT_ADDRESS(0x80000000)
#define LAYOUT_IMAGE_BASE  LAYOUT_ADDRESS(0x80000000)
#define LAYOUT_IMAGE_END   LAYOUT_ADDRESS(0xf1800000)
#define LAYOUT_VMAP_BASE   LAYOUT_ADDRESS(0xf1800000)
#define LAYOUT_VMAP_SIZE   LAYOUT_ADDRESS(0x04000000)
#define LAYOUT_XEN_BASE	   LAYOUT_ADDRESS(0xf5800000)

#define LAYOUT_OUTPUT_FORMAT "elf32-i386"

/* Every number is an address. */
#define LAYOUT_IS_ADDRESS(va) ((void)(va), true)

#define LAYOUT_IS_XENS(va) ((va) >= LAYOUT_XEN_BASE)

/* True for the first of an address that the direct map covers. */
#define LAYOUT_IN_DIRECT_MAP(va) ((va) >= LAYOUT_DIRECT_BASE && (va) < LAYOUT_VMAP_BASE)

#endif
