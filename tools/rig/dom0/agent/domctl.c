/*
 * domctl.c - the hypercalls that xl makes (XEN_DOMCTL_getdomaininfo and _destroydomain, Xen's public/domctl.h), whose layouts belong to
 * one version of Xen: another one refuses the call.
 */
#include "domctl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent.h"

#define PRIVCMD		  "/dev/xen/privcmd"
#define PRIVCMD_HYPERCALL 0x305000ul /* _IOC(_IOC_NONE, 'P', 0, sizeof(struct privcmd_hypercall)) */

enum {
	DOMCTL = 36,
	DESTROYDOMAIN = 2,
	GETDOMAININFO = 5,
	VERSION = 0x15, /* of Xen 4.17 */
	IS_OVER = 1 << 2 | 1 << 0,
	CODE_SHIFT = 16,
};

struct privcmd_hypercall {
	uint64_t op, arg[5];
};

struct domctl {
	uint32_t cmd, version;
	uint16_t domid, padding[3];
	struct {
		uint16_t domid, padding;
		uint32_t flags;
		uint64_t pages[6]; /* and the frame of the shared information */
		uint64_t time;
		char rest[512];
	} info;
};

/* Xen's answer: 0, or negative with errno. */
static int ask_xen(struct domctl *call)
{
	struct privcmd_hypercall hypercall = { .op = DOMCTL, .arg = { (uintptr_t)call } };
	int privcmd = open(PRIVCMD, O_RDWR | O_CLOEXEC);
	int answer, error;

	if (privcmd < 0) {
		die_errno(PRIVCMD);
	}
	answer = ioctl(privcmd, PRIVCMD_HYPERCALL, &hypercall);
	error = errno;
	close(privcmd);
	errno = error;
	return answer;
}

bool domain_destroy(int domid)
{
	struct domctl call = { .cmd = DESTROYDOMAIN, .version = VERSION, .domid = (uint16_t)domid };

	return !ask_xen(&call);
}

bool domain_state(int domid, struct domain_state *state)
{
	struct domctl call = { .cmd = GETDOMAININFO, .version = VERSION, .domid = (uint16_t)domid };
	int answer = ask_xen(&call);

	if (answer < 0 && errno != ESRCH) {
		die_errno("Xen does not tell of a domain");
	}
	/* Of the next one if there is none of that number. */
	if (answer < 0 || call.info.domid != domid) {
		return false;
	}
	state->is_over = call.info.flags & IS_OVER;
	state->code = call.info.flags >> CODE_SHIFT & 0xff;
	state->time = call.info.time;
	return true;
}
