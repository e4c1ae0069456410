/*
 * mmu_ops.c - the page-table hypercalls: mmu_update, update_va_mapping, mmuext_op.
 *
 * A list stops at its first refused element; what stood before it is done and
 * counted in *done, as in Xen.
 */
#include <string.h>
#include <port/layout.h>
#include "model.h"

/* A write to an ordinary frame through mmu_update: allowed when it could be mapped writable. */
static int plain_write(unsigned long mfn, unsigned index, uint64_t value)
{
	int rc = type_get(mfn, TYPE_WRITABLE);

	if (!rc) {
		((uint64_t *)frame_memory(mfn))[index] = value;
		type_put(mfn);
	}
	return rc;
}

static int pt_update(uint64_t machine_address, uint64_t value, bool preserve_ad)
{
	unsigned long mfn = machine_address >> PAGE_SHIFT;
	unsigned index = (machine_address & (PAGE_SIZE - 1)) / 8;
	struct frame *f = frame_of(mfn);
	int rc;

	if (!f || f->owner != OWNER_GUEST) {
		return (int)refuse(EINVAL, "update of an entry in %s", frame_name(mfn));
	}
	if (f->type_count && f->type >= TYPE_L1 && f->type <= TYPE_L4) {
		rc = table_entry_set(mfn, index, value, preserve_ad);
	} else {
		rc = plain_write(mfn, index, value);
	}
	return rc;
}

static int m2p_update(unsigned long mfn, uint64_t pfn)
{
	struct frame *f = frame_of(mfn);

	if (!f || f->owner != OWNER_GUEST) {
		return (int)refuse(EINVAL, "m2p update for %s", frame_name(mfn));
	}
	machine.m2p[mfn] = pfn;
	return 0;
}

static int update_one(const struct mmu_update *u)
{
	switch (u->ptr & 3) {
	case MMU_NORMAL_PT_UPDATE:
		return pt_update(u->ptr & ~7ull, u->val, false);
	case MMU_PT_UPDATE_PRESERVE_AD:
		return pt_update(u->ptr & ~7ull, u->val, true);
	case MMU_MACHPHYS_UPDATE:
		return m2p_update(u->ptr >> PAGE_SHIFT, u->val);
	default:
		return (int)refuse(ENOSYS, "mmu_update command %u", (unsigned)(u->ptr & 3));
	}
}

static long list_end(unsigned long done_arg, unsigned done, int rc)
{
	if (done_arg) {
		*(unsigned *)done_arg = done;
	}
	return rc;
}

long hc_mmu_update(const unsigned long a[5])
{
	const struct mmu_update *list = (const void *)a[0];
	unsigned i;
	int rc = 0;

	if (a[3] != DOMID_SELF) {
		return refuse(EPERM, "mmu_update for domain %lu", a[3]);
	}
	for (i = 0; i < (unsigned)a[1]; i++) {
		struct mmu_update u = list[i];

		rc = u.ptr & 4 ? (int)refuse(EINVAL, "entry address %#lx is not aligned",
					 (unsigned long)u.ptr)
			       : update_one(&u);
		if (rc) {
			break;
		}
	}
	return list_end(a[2], i, rc);
}

static void flush_flags(uint64_t va, unsigned long flags)
{
	switch (flags & UVMF_FLUSHTYPE_MASK) {
	case UVMF_TLB_FLUSH:
		tlb_flush();
		break;
	case UVMF_INVLPG:
		tlb_flush_va(va);
		break;
	default:
		break;
	}
}

long hc_update_va_mapping(const unsigned long a[5])
{
	unsigned long table;
	int rc;

	if (a[0] >= LAYOUT_XEN_BASE && a[0] < LAYOUT_XEN_BASE + (16ull << 39)) {
		return refuse(EINVAL, "update_va_mapping of Xen's address %#lx", a[0]);
	}
	if (!walk(machine.kernel_root, a[0], &table)) {
		return refuse(EINVAL, "update_va_mapping of %#lx: no table there", a[0]);
	}
	rc = table_entry_set(table, pt_index(a[0], 1), a[1], false);
	if (!rc) {
		flush_flags(a[0], a[2]);
	}
	return rc;
}

/* ---- extended operations ------------------------------------------------ */

static int pin(unsigned long mfn, enum type type)
{
	int rc = type_get(mfn, type);

	if (rc) {
		return rc;
	}
	if (frame_of(mfn)->pinned) {
		type_put(mfn);
		return (int)refuse(EINVAL, "%s is pinned already", frame_name(mfn));
	}
	frame_of(mfn)->pinned = true;
	return 0;
}

static int unpin(unsigned long mfn)
{
	struct frame *f = frame_of(mfn);

	if (!f || f->owner != OWNER_GUEST || !f->pinned) {
		return (int)refuse(EINVAL, "unpin: %s is not pinned", frame_name(mfn));
	}
	f->pinned = false;
	type_put(mfn);
	return 0;
}

/* A root without the kernel's mappings would take them away from under the running kernel. */
static void kernel_part_check(unsigned long mfn)
{
	const uint64_t *old = frame_memory(machine.kernel_root), *new = frame_memory(mfn);

	for (unsigned i = LAYOUT_DIRECT_BASE >> 39; i <= LAYOUT_VMAP_BASE >> 39; i++) {
		if ((old[i] ^ new[i]) & (PTE_FRAME | PTE_P)) {
			violation("%s is loaded without the kernel's slot %u", frame_name(mfn), i);
		}
	}
}

static int base_load(unsigned long mfn)
{
	int rc = type_get(mfn, TYPE_L4);

	if (rc) {
		return rc;
	}
	kernel_part_check(mfn);
	type_put(machine.kernel_root);
	machine.kernel_root = mfn;
	tlb_flush();
	return 0;
}

static int user_base_load(unsigned long mfn)
{
	int rc = mfn ? type_get(mfn, TYPE_L4) : 0;

	if (rc) {
		return rc;
	}
	if (machine.user_root) {
		type_put(machine.user_root);
	}
	machine.user_root = mfn;
	tlb_flush();
	return 0;
}

static int page_clear_or_copy(const struct mmuext_op *op)
{
	int rc = type_get(op->arg1.mfn, TYPE_WRITABLE);

	if (rc) {
		return rc;
	}
	if (op->cmd == MMUEXT_CLEAR_PAGE) {
		memset(frame_memory(op->arg1.mfn), 0, PAGE_SIZE);
	} else {
		rc = frame_get(op->arg2.src_mfn);
		if (!rc) {
			memcpy(frame_memory(op->arg1.mfn), frame_memory(op->arg2.src_mfn),
				PAGE_SIZE);
			frame_put(op->arg2.src_mfn);
		}
	}
	type_put(op->arg1.mfn);
	return rc;
}

static int ext_one(const struct mmuext_op *op)
{
	switch (op->cmd) {
	case MMUEXT_PIN_L1_TABLE:
	case MMUEXT_PIN_L2_TABLE:
	case MMUEXT_PIN_L3_TABLE:
	case MMUEXT_PIN_L4_TABLE:
		return pin(op->arg1.mfn, TYPE_L1 + (op->cmd - MMUEXT_PIN_L1_TABLE));
	case MMUEXT_UNPIN_TABLE:
		return unpin(op->arg1.mfn);
	case MMUEXT_NEW_BASEPTR:
		return base_load(op->arg1.mfn);
	case MMUEXT_NEW_USER_BASEPTR:
		return user_base_load(op->arg1.mfn);
	case MMUEXT_TLB_FLUSH_LOCAL:
	case MMUEXT_TLB_FLUSH_MULTI:
	case MMUEXT_TLB_FLUSH_ALL:
		tlb_flush();
		return 0;
	case MMUEXT_INVLPG_LOCAL:
	case MMUEXT_INVLPG_MULTI:
	case MMUEXT_INVLPG_ALL:
		tlb_flush_va(op->arg1.linear_addr);
		return 0;
	case MMUEXT_CLEAR_PAGE:
	case MMUEXT_COPY_PAGE:
		return page_clear_or_copy(op);
	case MMUEXT_FLUSH_CACHE:
	case MMUEXT_FLUSH_CACHE_GLOBAL:
	case MMUEXT_SET_LDT:
		return 0;
	default:
		return (int)refuse(ENOSYS, "mmuext_op command %u", op->cmd);
	}
}

long hc_mmuext_op(const unsigned long a[5])
{
	const struct mmuext_op *list = (const void *)a[0];
	unsigned i;
	int rc = 0;

	if (a[3] != DOMID_SELF) {
		return refuse(EPERM, "mmuext_op for domain %lu", a[3]);
	}
	for (i = 0; i < (unsigned)a[1] && !rc; i++) {
		struct mmuext_op op = list[i];

		rc = ext_one(&op);
	}
	return list_end(a[2], rc ? i - 1 : i, rc);
}
