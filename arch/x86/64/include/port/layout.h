/*
 * port/layout.h (64-bit x86, Xen and bare) - the kernel's virtual addresses.
 *
 *   0000000000000000  user programs
 *   00007fffffffffff
 *   ffff800000000000  Xen's own, on pv64 (machine-to-physical table at its start)
 *   ffff87ffffffffff
 *   ffff888000000000  direct map: frame p at LAYOUT_DIRECT_BASE + p * 4096
 *   ffffc90000000000  vmap: kernel stacks, rings, anything with a guard page
 *   ffffffff80000000  kernel image (and, on pv64, what Xen's builder put behind it)
 *
 * The same on every 64-bit x86 port, so an address in a log means the same
 * everywhere.
 */
#ifndef PORT_LAYOUT_H
#define PORT_LAYOUT_H

#ifdef __ASSEMBLER__
#define LAYOUT_ADDRESS(a) a
#else
#define LAYOUT_ADDRESS(a) a##ul
#endif

#define LAYOUT_USER_END	   LAYOUT_ADDRESS(0x0000800000000000)
#define LAYOUT_XEN_BASE	   LAYOUT_ADDRESS(0xffff800000000000)
#define LAYOUT_DIRECT_BASE LAYOUT_ADDRESS(0xffff888000000000)
#define LAYOUT_VMAP_BASE   LAYOUT_ADDRESS(0xffffc90000000000)
#define LAYOUT_VMAP_SIZE   LAYOUT_ADDRESS(0x0000000020000000) /* 512 MiB, within one level-3 entry */
#define LAYOUT_IMAGE_BASE  LAYOUT_ADDRESS(0xffffffff80000000)
#define LAYOUT_IMAGE_END   LAYOUT_ADDRESS(0xffffffffc0000000)

#define LAYOUT_OUTPUT_FORMAT "elf64-x86-64"

/* Between the halves of the address space lies what is no address. */
#define LAYOUT_IS_ADDRESS(va) ((va) < LAYOUT_USER_END || (va) >= LAYOUT_XEN_BASE)

#define LAYOUT_IS_XENS(va) ((va) >= LAYOUT_XEN_BASE && (va) < LAYOUT_DIRECT_BASE)

/* True for the first of an address that the direct map covers. */
#define LAYOUT_IN_DIRECT_MAP(va) ((va) >= LAYOUT_DIRECT_BASE && (va) < LAYOUT_VMAP_BASE)

#endif
