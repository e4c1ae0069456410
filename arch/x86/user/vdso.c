/*
 * vdso.c - the clock's page and the shared object that reads it, mapped into programs.
 *
 * Two areas side by side, as vdso.lds has them: [vvar], the page, and [vdso], a
 * copy of the image that all programs share. Both are objects that live for
 * ever; nothing can be written through them (a debugger's break point is a
 * private copy, as in any program's text). Where they are is the width's (x86/vdso.h).
 */
#include <arch/vdso.h>
#include <kernel/errno.h>
#include <kernel/option.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/vm.h>
#include <x86/clock_page.h>
#include <x86/user.h>
#include <x86/vdso.h>

#define IMAGE_PAGES_MAX 2
#define ELF_ENTRY	24 /* of e_entry, a word, at both widths */

extern const char vdso_image[], vdso_image_end[];

static bool is_wanted = true;
OPTION_FLAG(vdso, "vdso", is_wanted, "programs get a vDSO, to tell the time without system calls");

static struct page *image_pages[IMAGE_PAGES_MAX];

static size_t image_page_count(void)
{
	return DIV_ROUND_UP((size_t)(vdso_image_end - vdso_image), PAGE_SIZE);
}

static int page_of_many(struct page *const *pages, size_t count, uint64_t index, struct page **page)
{
	if (index >= count) {
		return -ENXIO;
	}
	*page = pages[index];
	__atomic_add_fetch(&(*page)->refs, 1, __ATOMIC_RELAXED);
	return 0;
}

static int image_page_get(struct vm_object *object, uint64_t index, struct page **page)
{
	return page_of_many(image_pages, image_page_count(), index, page);
}

static int clock_page_get(struct vm_object *object, uint64_t index, struct page **page)
{
	struct page *only = page_of(virt_to_pfn(clock_page));

	return page_of_many(&only, 1, index, page);
}

/* Nobody drops the first reference. */
static const struct vm_object_ops image_ops = { .page_get = image_page_get };
static const struct vm_object_ops clock_ops = { .page_get = clock_page_get };
static struct vm_object image_object = VM_OBJECT_INIT(image_object, &image_ops);
static struct vm_object clock_object = VM_OBJECT_INIT(clock_object, &clock_ops);

static struct mutex image_lock = MUTEX_INIT(image_lock, "vdso");

/* The copy of the image, made for the first program. Under the lock. */
static int image_make(void)
{
	size_t len = (size_t)(vdso_image_end - vdso_image);

	assert_that(image_page_count() <= IMAGE_PAGES_MAX, "the vDSO is larger than thought");
	for (size_t i = 0; i < image_page_count(); i++) {
		char *copy = image_pages[i] ? NULL : page_alloc_zeroed();

		if (copy) {
			memcpy(copy, vdso_image + i * PAGE_SIZE,
				MIN(PAGE_SIZE, len - i * PAGE_SIZE));
			image_pages[i] = page_of(virt_to_pfn(copy));
		}
		if (!image_pages[i]) {
			return -ENOMEM;
		}
	}
	return 0;
}

/* Room for both is found first, then each takes its part of it. -EEXIST: the place is the program's. */
static int areas_map(struct vm_space *space, vaddr_t *base)
{
	size_t image_len = image_page_count() * PAGE_SIZE;
	long at = vm_map(space, VDSO_PLACE, PAGE_SIZE + image_len, 0,
		VDSO_PLACE ? VM_FIXED_NOREPLACE : 0, NULL, 0, NULL);

	if (at > 0) {
		*base = (vaddr_t)at + PAGE_SIZE;
		at = vm_map(space, (vaddr_t)at, PAGE_SIZE, MMU_READ, VM_FIXED | VM_DENY_WRITE,
			&clock_object, 0, "[vvar]");
	}
	if (at > 0) {
		at = vm_map(space, *base, image_len, MMU_READ | MMU_EXEC, VM_FIXED, &image_object,
			0, "[vdso]");
	}
	return at < 0 ? (int)at : 0;
}

vaddr_t vdso_entry(void)
{
	vaddr_t object = VDSO_PLACE + PAGE_SIZE;

	return VDSO_PLACE && is_wanted ? object + *(const vaddr_t *)(vdso_image + ELF_ENTRY) : 0;
}

int port_vdso_map(struct vm_space *space, vaddr_t *base, vaddr_t *entry)
{
	int err;

	*base = *entry = 0;
	if (!is_wanted) {
		return 0;
	}
	mutex_lock(&image_lock);
	err = image_make();
	mutex_unlock(&image_lock);
	if (!err) {
		err = areas_map(space, base);
	}
	*entry = *base ? vdso_entry() : 0;
	return err == -EEXIST ? 0 : err;
}
