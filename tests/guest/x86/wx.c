/*
 * wx.c - what the kernel's page tables allow, read from the tables themselves.
 *
 * The walk leaves out what is Xen's own on pv64 and pv32: it is not ours to read.
 */
#include <arch/mmu.h>
#include <kernel/ktest.h>
#include <x86/pt.h>
#include <x86/stack.h>

extern char image_start[], text_end[], data_start[]; /* kernel.lds */

struct leaf {
	vaddr_t va;
	pfn_t first;
	unsigned long count; /* frames */
	bool writable, executable;
};

/* Of what the topmost table's entries do not count. */
#define SIGN_EXTENSION (LAYOUT_DIRECT_BASE & ~(PT_ENTRIES * pt_span(PT_LEVELS) - 1))

typedef void leaf_fn(const struct leaf *leaf, void *arg);

/* Rights add up on the way down: writable if every level says so, executable unless one forbids it. */
static void table_walk(pfn_t table, unsigned level, struct leaf path, leaf_fn *each, void *arg)
{
	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t e = pte_read(&pt_table(table)[i]);
		struct leaf next = {
			.va = path.va | (vaddr_t)i * pt_span(level),
			.writable = path.writable && e.v & PTE_WRITE,
			.executable = path.executable && !(e.v & PTE_NX),
		};

		next.va |= LAYOUT_IS_ADDRESS(next.va) ? 0 : SIGN_EXTENSION;
		if (!pte_is_present(e) || LAYOUT_IS_XENS(next.va)) {
			continue;
		}
		next.first = pte_pfn(e);
		next.count = pt_span(level) / PAGE_SIZE;
		if (level == 1 || e.v & PTE_LARGE) {
			each(&next, arg);
		} else {
			table_walk(next.first, level - 1, next, each, arg);
		}
	}
}

static void leaf_for_each(leaf_fn *each, void *arg)
{
	struct leaf all = { .va = 0, .writable = true, .executable = true };

	table_walk(mmu_kernel.root, PT_LEVELS, all, each, arg);
}

static void no_both(const struct leaf *leaf, void *arg)
{
	unsigned long *seen = arg;

	(*seen)++;
	if (leaf->writable && leaf->executable) {
		ktest_verdict(KTEST_FAILURE, "%#lx is writable and executable", leaf->va);
	}
}

KTEST(x86_wx_pages)
{
	unsigned long seen = 0;

	leaf_for_each(no_both, &seen);
	KTEST_EXPECT(seen > 16); /* else the walk saw nothing worth a verdict */
}

static void only_text(const struct leaf *leaf, void *arg)
{
	unsigned long *seen = arg;
	vaddr_t end = ALIGN_UP((vaddr_t)text_end, PAGE_SIZE);

	if (leaf->executable) {
		(*seen)++;
		if (leaf->va < (vaddr_t)image_start || leaf->va >= end) {
			ktest_verdict(
				KTEST_FAILURE, "%#lx is executable, not kernel text", leaf->va);
		}
	}
}

KTEST(x86_wx_only_text_executes)
{
	unsigned long seen = 0;

	leaf_for_each(only_text, &seen);
	KTEST_EXPECT(seen == DIV_ROUND_UP((vaddr_t)(text_end - image_start), PAGE_SIZE));
}

struct frames {
	unsigned long start, end;
};

static void not_writable(const struct leaf *leaf, void *arg)
{
	const struct frames *constant = arg;

	if (leaf->writable && leaf->first.n < constant->end &&
		leaf->first.n + leaf->count > constant->start) {
		ktest_verdict(
			KTEST_FAILURE, "%#lx is a writable view of text or constants", leaf->va);
	}
}

/* The same by frame: no alias, in the direct map above all, lets text or constants be written. */
KTEST(x86_wx_frames)
{
	struct mmu_entry first;
	struct frames constant;

	KTEST_REQUIRE(mmu_query(&mmu_kernel, (vaddr_t)image_start, &first));
	constant.start = first.pfn.n;
	constant.end = first.pfn.n + (unsigned long)(data_start - image_start) / PAGE_SIZE;
	leaf_for_each(not_writable, &constant);
}

/* Whatever the loader or the entry code mapped low is gone, so a null pointer faults in the kernel too. */
static void not_low(const struct leaf *leaf, void *arg)
{
	if (leaf->va < LAYOUT_USER_END) {
		ktest_verdict(KTEST_FAILURE, "%#lx is mapped", leaf->va);
	}
}

KTEST(x86_user_half_empty)
{
	leaf_for_each(not_low, NULL);
}

KTEST(x86_boot_stack_guard)
{
	struct mmu_entry entry;

	KTEST_EXPECT(!mmu_query(&mmu_kernel, (vaddr_t)boot_stack, &entry));
	KTEST_EXPECT(mmu_query(&mmu_kernel, (vaddr_t)boot_stack + BOOT_STACK_GUARD, &entry));
}
