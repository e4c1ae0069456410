/*
 * answers.c - calls that mostly check and refuse: file advice, attributes, capabilities,
 * scheduling, locked memory, the clock's discipline, another process's memory.
 */
#include <abi/stat.h>
#include "call.h"

#define CWD	(-100)
#define NAME_AT (2 * (long)sizeof(long) + 2) /* in what getdents() writes */

static int file, pipes[2], closed = 999;

static void advice(void)
{
	say("advice", call(fadvise64, file, 0ll, 0ll, 4));
	say("advice 6", call(fadvise64, file, 0ll, 0ll, 6));
	say("advice -1", call(fadvise64, file, 0ll, 0ll, -1));
	say("advice length", call(fadvise64, file, 0ll, -1ll, 0));
	say("advice pipe", call(fadvise64, pipes[0], 0ll, 0ll, 0));
	say("advice closed", call(fadvise64, closed, 0ll, 0ll, 0));
	say("readahead", call(readahead, file, 0ll, 4096l));
	say("readahead pipe", call(readahead, pipes[0], 0ll, 4096l));
	say("readahead writing end", call(readahead, pipes[1], 0ll, 4096l));
	say("readahead closed", call(readahead, closed, 0ll, 4096l));
	say("sync range", call(sync_file_range, file, 0ll, 4096ll, 7));
	say("sync range flags", call(sync_file_range, file, 0ll, 4096ll, 8));
	say("sync range offset", call(sync_file_range, file, -1ll, 4096ll, 0));
	say("sync range end", call(sync_file_range, file, 1ll, 0x7fffffffffffffffl, 0));
	say("sync range pipe", call(sync_file_range, pipes[0], 0ll, 4096ll, 0));
	say("sync range closed", call(sync_file_range, closed, 0ll, 4096ll, 0));
	say("syncfs", call(syncfs, file));
	say("syncfs pipe", call(syncfs, pipes[0]));
	say("syncfs closed", call(syncfs, closed));
}

static void attributes(void)
{
	char name[400], value[8];

	for (int i = 0; i < 399; i++) {
		name[i] = i < 5 ? "user."[i] : 'x';
	}
	name[399] = 0;
	say("get unknown space", call(getxattr, "file", "nonsense.x", value, 8l));
	say("get no name", call(getxattr, "file", "", value, 8l));
	say("get long name", call(getxattr, "file", name, value, 8l));
	say("get from nowhere", call(getxattr, "file", 0l, value, 8l));
	say("get no file", call(getxattr, "nothing", "user.x", value, 8l));
	say("get trusted", call(getxattr, "file", "trusted.x", value, 8l));
	say("lget security", call(lgetxattr, "file", "security.capability", value, 8l));
	say("fget", call(fgetxattr, file, "trusted.x", value, 8l));
	say("fget closed", call(fgetxattr, closed, "user.x", value, 8l));
	say("set flags", call(setxattr, "file", "user.x", value, 8l, 4));
	say("set large", call(setxattr, "file", "user.x", value, 65537l, 0));
	say("lset no file", call(lsetxattr, "nothing", "user.x", value, 1l, 0));
	say("fset closed", call(fsetxattr, closed, "user.x", value, 1l, 0));
	say("set unknown space", call(setxattr, "file", "nonsense.x", value, 1l, 0));
	say("list", call(listxattr, "file", value, 8l));
	say("llist no file", call(llistxattr, "nothing", value, 8l));
	say("flist closed", call(flistxattr, closed, value, 8l));
	say("remove", call(removexattr, "file", "trusted.x"));
	say("lremove no file", call(lremovexattr, "nothing", "trusted.x"));
	say("fremove closed", call(fremovexattr, closed, "trusted.x"));
}

static void rights(void)
{
	struct {
		unsigned version;
		int pid;
	} h = { 0, 0 };
	unsigned data[6] = { 0 };

	say("capget version 0", call(capget, &h, data));
	printf("the newest is %x\n", h.version);
	h.version = 0;
	say("capget version 0, no data", call(capget, &h, 0l));
	say("capget", call(capget, &h, data));
	h.pid = -1;
	say("capget -1", call(capget, &h, data));
	h.pid = 99999;
	say("capget nobody", call(capget, &h, data));
	say("capset another", call(capset, &h, data));
	say("capget from nowhere", call(capget, 0l, data));
	h.pid = 0;
	say("capget to nowhere", call(capget, &h, 8l));
	if (call(fork) == 0) {
		data[0] &= ~1u; /* effective: all but CAP_CHOWN */
		say("capset", call(capset, &h, data));
		data[0] = data[1] = 0;
		data[3] = data[4] = 0;
		say("give all up", call(capset, &h, data));
		data[1] = 1;
		say("want one back", call(capset, &h, data));
		call(capget, &h, data);
		printf("left %x %x\n", data[0], data[1]);
		call(exit_group, 0);
	}
	child_end();
	say("personality", call(personality, 0xffffffffl));
	say("set it", call(personality, 0x0040000l));
	say("it was", call(personality, 0l));
	say("unshare nothing", call(unshare, 0));
	say("unshare files", call(unshare, 0x400));
	say("unshare what is not known", call(unshare, 1));
	say("setns closed", call(setns, closed, 0));
	say("setns file", call(setns, file, 0));
}

static void scheduling(void)
{
	struct {
		unsigned size, policy;
		unsigned long flags;
		int nice;
		unsigned priority;
		unsigned long a, b, c;
		unsigned d, e;
		char more[16];
	} attr = { .size = 48 };
	struct span t;
	int priority = 0;

	say("setparam", call(sched_setparam, 0, &priority));
	say("setparam nobody", call(sched_setparam, 99999, &priority));
	say("setparam -1", call(sched_setparam, -1, &priority));
	say("setparam none", call(sched_setparam, 0, 0l));
	priority = 1;
	say("setparam 1", call(sched_setparam, 0, &priority));
	say("interval", call(sched_rr_get_interval, 0, &t));
	say("interval nobody", call(sched_rr_get_interval, 99999, &t));
	say("interval -1", call(sched_rr_get_interval, -1, &t));
	say("interval nowhere", call(sched_rr_get_interval, 0, 0l));
	say("getattr", call(sched_getattr, 0, &attr, 56, 0));
	printf("size %u policy %u\n", attr.size, attr.policy);
	say("getattr small", call(sched_getattr, 0, &attr, 47, 0));
	say("getattr flags", call(sched_getattr, 0, &attr, 56, 1));
	say("getattr nobody", call(sched_getattr, 99999, &attr, 56, 0));
	say("setattr", call(sched_setattr, 0, &attr, 0));
	say("setattr flags", call(sched_setattr, 0, &attr, 1));
	attr.size = 40;
	say("setattr small", call(sched_setattr, 0, &attr, 0));
	printf("size %u\n", attr.size);
	attr.size = 72;
	attr.more[3] = 1;
	say("setattr unknown", call(sched_setattr, 0, &attr, 0));
	attr.size = 56;
	attr.policy = 99;
	say("setattr policy", call(sched_setattr, 0, &attr, 0));
	say("ioprio", call(ioprio_get, 1, 0));
	say("ioprio which", call(ioprio_get, 4, 0));
	say("ioprio nobody", call(ioprio_get, 1, 99999));
	say("ioprio set", call(ioprio_set, 1, 0, 2 << 13 | 5));
	say("ioprio", call(ioprio_get, 1, 0));
	say("ioprio class", call(ioprio_set, 1, 0, 5 << 13));
	say("ioprio none", call(ioprio_set, 1, 0, 0));
	say("ioprio idle", call(ioprio_set, 1, 0, 3 << 13));
}

static void memory(void)
{
	char *m = (char *)call(mmap, 0l, 8192l, 3, 0x22, -1l, 0l);

	say("mlock2", call(mlock2, m, 8192l, 0));
	say("mlock2 on fault", call(mlock2, m, 8192l, 1));
	say("mlock2 flags", call(mlock2, m, 8192l, 2));
	call(munmap, m, 8192l);
	say("mlock2 nothing", call(mlock2, m, 8192l, 1));
	say("mlockall 0", call(mlockall, 0));
	say("mlockall on fault only", call(mlockall, 4));
	say("mlockall 8", call(mlockall, 8));
	say("mlockall", call(mlockall, 1));
	say("munlockall", call(munlockall));
}

static void machine(void)
{
	char timex[256] = { 0 };
	struct {
		unsigned size;
		int type;
		char bytes[128];
	} handle = { .size = 0 };
	int mount;

	say("ldt", call(modify_ldt, 0, timex, 16l));
	say("ldt function", call(modify_ldt, 9, timex, 16l));
	say("restart", call(restart_syscall));
	say("adjtimex nowhere", call(adjtimex, 0l));
	printf("adjtimex: %s\n", call(adjtimex, timex) >= 0 ? "a state" : "no");
	say("tick", *(long *)(timex + 88));
	say("clock_adjtime monotonic", call(clock_adjtime, 1, timex));
	say("clock_adjtime 99", call(clock_adjtime, 99, timex));
	say("handle flags", call(name_to_handle_at, CWD, "file", &handle, &mount, 0x40000));
	say("handle of nothing", call(name_to_handle_at, CWD, "nothing", &handle, &mount, 0));
}

static char here[64] = "here", there[64] = "there";

static void others(void)
{
	struct {
		char *base;
		unsigned long len;
	} own[2] = { { here, 3 }, { here + 10, 10 } }, other[2] = { { there, 6 }, { 0, 4 } };
	int self = (int)call(getpid), child, p[2];

	call(pipe, p);
	child = (int)call(fork);
	if (!child) {
		there[0] = 'T';
		call(write, p[1], "x", 1l);
		call(pause);
	}
	call(read, p[0], here + 60, 1l);
	say("read", call(process_vm_readv, child, own, 2l, other, 1l, 0l));
	printf("%.3s %s\n", here, here + 10);
	say("read to the hole", call(process_vm_readv, child, own, 2l, other, 2l, 0l));
	other[0].base = 0;
	say("read the hole", call(process_vm_readv, child, own, 2l, other, 1l, 0l));
	other[0].base = there;
	say("write", call(process_vm_writev, child, own, 1l, other, 1l, 0l));
	own[0].base = here + 20;
	own[0].len = 6;
	say("read again", call(process_vm_readv, child, own, 1l, other, 1l, 0l));
	printf("%s\n", here + 20);
	say("read self", call(process_vm_readv, self, own, 1l, other, 1l, 0l));
	say("flags", call(process_vm_readv, child, own, 1l, other, 1l, 1l));
	say("nobody", call(process_vm_readv, 99999, own, 1l, other, 1l, 0l));
	say("nothing of nobody", call(process_vm_readv, 99999, own, 0l, other, 1l, 0l));
	say("many", call(process_vm_readv, child, own, 2000l, other, 1l, 0l));
	say("compare files", call(kcmp, self, child, 0, (long)p[0], (long)p[0]));
	say("compare other files", call(kcmp, self, child, 0, (long)p[0], (long)p[1]) > 0);
	say("compare closed", call(kcmp, self, child, 0, (long)p[0], 999l));
	say("compare memory", call(kcmp, self, self, 1, 0l, 0l));
	say("compare memory of two", call(kcmp, self, child, 1, 0l, 0l) > 0);
	say("compare nobody", call(kcmp, self, 99999, 1, 0l, 0l));
	say("compare what", call(kcmp, self, child, 99, 0l, 0l));
	call(kill, child, 9);
	child_end();
}

static void files(void)
{
	struct {
		void *base;
		unsigned long len;
	} v = { (void *)"hello", 5 };
	struct {
		long sec, usec;
	} times[2] = { { 1000, 5 }, { 2000, 6 } };
	char buf[600], text[8] = "";
	struct linux_stat stat;
	long n;

	say("pwritev2", call(pwritev2, file, &v, 1, 2l, 0l, 2));
	say("pwritev2 at the position", call(pwritev2, file, &v, 1, -1l, -1l, 0));
	v.base = text;
	say("preadv2", call(preadv2, file, &v, 1, 2l, 0l, 1));
	printf("%s\n", text);
	say("preadv2 flags", call(preadv2, file, &v, 1, 2l, 0l, 0x10000000));
	say("preadv2 -2", call(preadv2, file, &v, 1, -2l, -1l, 0));
	say("preadv2 pipe", call(preadv2, pipes[0], &v, 1, 0l, 0l, 0));
	say("futimesat", call(futimesat, CWD, "file", times));
	call(stat, "file", &stat);
	printf("times %ld.%ld %ld.%ld\n", (long)stat.atime.sec, (long)stat.atime.nsec,
		(long)stat.mtime.sec, (long)stat.mtime.nsec);
	times[1].usec = 1000000;
	say("futimesat microseconds", call(futimesat, CWD, "file", times));
	say("futimesat closed", call(futimesat, closed, "file", 0l));
	call(mkdir, "folder", 0700);
	call(mkdir, "folder/sub", 0700);
	call(close, (int)call(open, "folder/a-rather-long-name", 0102, 0600));
	n = (int)call(open, "folder", 0);
	say("getdents small", call(getdents, (int)n, buf, 10));
	say("getdents of a file", call(getdents, file, buf, 600));
	n = call(getdents, (int)n, buf, 600);
	say("getdents", n);
	for (long at = 0; at < n; at += *(unsigned short *)(buf + at + 2 * sizeof(long))) {
		unsigned short len = *(unsigned short *)(buf + at + 2 * sizeof(long));

		if (buf[at + NAME_AT] == 'a') {
			printf("%s: length %d type %d\n", buf + at + NAME_AT, len,
				buf[at + len - 1]);
		}
	}
	fflush(stdout);
}

int main(void)
{
	file = (int)call(open, "file", 0102, 0600);
	call(pipe, pipes);
	advice();
	attributes();
	rights();
	scheduling();
	memory();
	machine();
	others();
	files();
	return 0;
}
