/*
 * signal_vector.c - vector state in a signal's frame, as Linux lays it out (<asm/sigcontext.h>): FXSAVE's or
 * XSAVE's image, in whose software-reserved bytes stands how much of it there is, and behind it a second magic.
 */
#include "signal_vector.h"

#include <arch/user.h>
#include <kernel/errno.h>
#include <kernel/string.h>
#include <kernel/thread.h>
#include <x86/user.h>

#define SW_OFFSET 464u /* software-reserved bytes of the legacy image */
#define MAGIC1	  0x46505853u
#define MAGIC2	  0x46505845u

/* The software-reserved bytes: how much of the state is there, for whoever walks the frame. */
struct state_header {
	uint32_t magic1, extended_size;
	uint64_t features;
	uint32_t state_size, pad[7];
};
_Static_assert(sizeof(struct state_header) == 48, "asm/sigcontext.h, struct _fpx_sw_bytes");

size_t signal_vector_room(void)
{
	return fpu_size() + (fpu_has_xsave() ? sizeof(uint32_t) : 0);
}

int signal_vector_push(vaddr_t at, size_t in_front)
{
	struct port_user *user = &thread_current()->user;
	uint32_t magic2 = MAGIC2;
	struct state_header header = {
		.magic1 = MAGIC1,
		.extended_size = (uint32_t)(signal_vector_room() + in_front),
		.features = fpu_features(),
		.state_size = (uint32_t)fpu_size(),
	};

	preempt_disable();
	fpu_save(user);
	preempt_enable();
	if (user_copy_out(at, user->fpu, fpu_size())) {
		return -EFAULT;
	}
	if (!fpu_has_xsave()) {
		return 0;
	}
	if (user_copy_out(at + SW_OFFSET, &header, sizeof(header))) {
		return -EFAULT;
	}
	return user_copy_out(at + fpu_size(), &magic2, sizeof(magic2));
}

static bool has_extended(const uint8_t *image, vaddr_t at)
{
	struct state_header header;
	uint32_t magic2;

	memcpy(&header, image + SW_OFFSET, sizeof(header));
	return fpu_has_xsave() && header.magic1 == MAGIC1 && header.state_size == fpu_size() &&
		!user_copy_in(&magic2, at + fpu_size(), sizeof(magic2)) && magic2 == MAGIC2;
}

int signal_vector_in(uint8_t *image, vaddr_t at, bool *legacy_only)
{
	if (user_copy_in(image, at, LEGACY_SIZE)) {
		return -EFAULT;
	}
	*legacy_only = !has_extended(image, at);
	return *legacy_only ? 0 : user_copy_in(image, at, fpu_size());
}
