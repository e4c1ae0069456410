/*
 * frames.c - machine memory: a memfd, one struct frame per frame, who owns it.
 *
 * The guest gets frames in random order, and some in between belong to nobody,
 * to Xen or to another domain, so that nothing about machine memory can be
 * assumed. The machine-to-physical table says something for foreign frames
 * too: a number that would be valid here, as on a real machine.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include <port/layout.h>
#include "host.h"
#include "model.h"

#define SPARE_FRAMES 512 /* Xen's, other domains', nobody's */

struct machine machine;
static uint32_t random_state;

uint32_t random_u32(void)
{
	random_state ^= random_state << 13;
	random_state ^= random_state >> 17;
	random_state ^= random_state << 5;
	return random_state;
}

struct frame *frame_of(unsigned long mfn)
{
	return mfn >= MFN_BASE && mfn - MFN_BASE < machine.count ? &machine.frames[mfn - MFN_BASE]
								 : NULL;
}

off_t frame_offset(unsigned long mfn)
{
	return (off_t)((mfn - MFN_BASE) << PAGE_SHIFT);
}

void *frame_memory(unsigned long mfn)
{
	return machine.memory + frame_offset(mfn);
}

static const char *type_name(enum type type)
{
	static const char *const names[] = { "untyped", "L1", "L2", "L3", "L4", "writable",
		"descriptors" };

	return names[type];
}

const char *frame_name(unsigned long mfn)
{
	static char buffers[4][80];
	static unsigned next;
	char *text = buffers[next++ % ARRAY_SIZE(buffers)];
	struct frame *f = frame_of(mfn);

	if (!f) {
		snprintf(text, sizeof(buffers[0]), "mfn %#lx (no such frame)", mfn);
	} else if (f->owner != OWNER_GUEST) {
		snprintf(text, sizeof(buffers[0]), "mfn %#lx (not the guest's)", mfn);
	} else {
		snprintf(text, sizeof(buffers[0]), "mfn %#lx (pfn %lu, %s x%u%s)", mfn,
			(unsigned long)machine.m2p[mfn], type_name(f->type), f->type_count,
			f->pinned ? ", pinned" : "");
	}
	return text;
}

unsigned long frame_alloc(enum owner owner)
{
	size_t i = random_below((uint32_t)machine.count);

	for (size_t tried = 0; tried < machine.count; tried++, i = (i + 1) % machine.count) {
		struct frame *f = &machine.frames[i];

		if (f->owner == OWNER_NOBODY) {
			*f = (struct frame){ .owner = owner };
			memset(frame_memory(MFN_BASE + i), 0, PAGE_SIZE);
			return MFN_BASE + i;
		}
	}
	host_die("model: machine memory is out");
}

void frame_release(unsigned long mfn)
{
	*frame_of(mfn) = (struct frame){ .owner = OWNER_NOBODY };
}

static void *map_shared(int fd, size_t size)
{
	void *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (p == MAP_FAILED) {
		host_die("model: mmap of machine memory");
	}
	return p;
}

static int memfd_new(const char *name, size_t size)
{
	int fd = memfd_create(name, MFD_CLOEXEC);

	if (fd < 0 || ftruncate(fd, (off_t)size)) {
		host_die("model: memfd");
	}
	return fd;
}

/* The guest sees the table read-only, where Xen keeps it. */
static void m2p_init(void)
{
	size_t size = (MFN_BASE + machine.count) * sizeof(uint64_t);
	size_t mapped = (size + PAGE_SIZE - 1) & ~(PAGE_SIZE - 1);
	int fd = memfd_new("m2p", mapped);

	machine.m2p = map_shared(fd, mapped);
	if (mmap((void *)LAYOUT_XEN_BASE, mapped, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0) ==
		MAP_FAILED) {
		host_die("model: mmap of the m2p");
	}
	memset(machine.m2p, 0x55, MFN_BASE * sizeof(uint64_t));
	for (size_t i = 0; i < machine.count; i++) {
		machine.m2p[MFN_BASE + i] = random_below((uint32_t)machine.guest_count);
	}
	close(fd);
}

void frames_init(const struct model_options *options)
{
	random_state = options->seed * 2654435761u + 88172645u;
	if (!random_state) {
		random_state = 1;
	}
	machine.guest_count = options->frames ? options->frames : 4096;
	machine.count = machine.guest_count + SPARE_FRAMES;
	machine.memfd = memfd_new("machine", machine.count << PAGE_SHIFT);
	machine.memory = map_shared(machine.memfd, machine.count << PAGE_SHIFT);
	machine.frames = calloc(machine.count, sizeof(struct frame));
	if (!machine.frames) {
		host_die("model: frame table");
	}
	m2p_init();
	/* Frames that are there but never the guest's. */
	for (unsigned i = 0; i < 64; i++) {
		frame_alloc(OWNER_REMOTE);
	}
}
