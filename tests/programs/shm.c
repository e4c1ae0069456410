/* shm.c - System V shared memory: made, found, attached, inherited, removed; rights and refusals. */
#include <linux/ipc.h>
#include "call.h"

enum { CREAT = 01000, EXCL = 02000, RDONLY = 010000, RND = 020000, REMAP = 040000 };
enum { RMID = 0, SET = 1, STAT = 2, LOCK = 11 };
static long key; /* others may run this at the same time */

static int attached(long at)
{
	return at > 0 || at < -4095;
}

static void sayat(const char *what, long at)
{
	if (attached(at)) {
		printf("%s: attached\n", what);
		fflush(stdout);
	} else {
		say(what, at);
	}
}

static void tell(const char *what, int id)
{
	struct linux_shmid_ds d;
	long err = call(shmctl, id, STAT, &d);

	if (err) {
		say(what, err);
		return;
	}
	printf("%s: key %x mode %o size %lu attached %lu, last %s, attach time %s\n", what,
		d.perm.key ? 1u : 0u, d.perm.mode, d.size, d.attach_count,
		d.last_pid ? "some" : "none", d.attach_time ? "set" : "0");
	fflush(stdout);
}

static void getting(void)
{
	int id, again;

	say("not there", call(shmget, key, 4096l, 0));
	say("of no size", call(shmget, key, 0l, CREAT | 0600));
	id = (int)call(shmget, key, 5000l, CREAT | 0640);
	say("made", id >= 0);
	again = (int)call(shmget, key, 0l, 0);
	say("found", again == id);
	say("found, smaller", call(shmget, key, 100l, CREAT | 0600) == id);
	say("larger", call(shmget, key, 6000l, 0));
	say("exclusive", call(shmget, key, 5000l, CREAT | EXCL));
	tell("as it is", id);
	again = (int)call(shmget, 0l, 4096l, 0600);
	say("private ones differ", again != (int)call(shmget, 0l, 4096l, 0600) && again >= 0);
	say("remove", call(shmctl, id, RMID, 0l));
	tell("removed", id);
	say("remove again", call(shmctl, id, RMID, 0l));
	say("not there", call(shmget, key, 4096l, 0));
}

static void attaching(void)
{
	int id = (int)call(shmget, key, 8192l, CREAT | 0600), child;
	char *a = (char *)call(shmat, id, 0l, 0), *b, *c;
	long there;

	a[0] = 'a';
	b = (char *)call(shmat, id, 0l, RDONLY);
	printf("%c\n", b[0]);
	tell("twice", id);
	say("read-only stays so", call(mprotect, b, 4096l, 3));
	say("shmdt inside", call(shmdt, a + 4096));
	say("shmdt odd", call(shmdt, a + 1));
	say("shmdt", call(shmdt, b));
	say("shmdt again", call(shmdt, b));
	tell("once", id);
	sayat("odd address", call(shmat, id, b + 5, 0));
	c = (char *)call(shmat, id, b + 5, RND);
	say("rounded", c == b);
	sayat("where it is taken", call(shmat, id, b, 0));
	sayat("taken over", call(shmat, id, b, REMAP));
	tell("two", id);
	sayat("taken over at nothing", call(shmat, id, 0l, REMAP));
	sayat("-1", call(shmat, -1, 0l, 0));
	sayat("no such", call(shmat, 0x7fff0000, 0l, 0));
	say("part read-only", call(mprotect, b, 4096l, 1));
	tell("in pieces", id);
	say("shmdt of all pieces", call(shmdt, b));
	tell("one", id);
	child = (int)call(fork);
	if (!child) {
		a[1] = 'c';
		call(shmctl, id, RMID, 0l);
		tell("in a child, removed", id);
		call(exit_group, 0);
	}
	child_end();
	printf("%c\n", a[1]);
	fflush(stdout);
	tell("the child is gone", id);
	say("its key is free", call(shmget, key, 100l, 0));
	there = call(shmat, id, 0l, 0);
	sayat("it can still be attached", there);
	call(shmdt, there);
	say("the last", call(shmdt, a));
	tell("gone", id);
}

static void rights(void)
{
	int id = (int)call(shmget, key, 4096l, CREAT | 0640);
	struct linux_shmid_ds d;

	call(shmctl, id, STAT, &d);
	say("command", call(shmctl, id, 99, &d));
	say("command -1", call(shmctl, id, -1, &d));
	say("id -1", call(shmctl, -1, STAT, &d));
	say("stat to nowhere", call(shmctl, id, STAT, 8l));
	say("set from nowhere", call(shmctl, id, SET, 8l));
	say("lock", call(shmctl, id, LOCK, 0l));
	d.perm.mode = 0604;
	say("set", call(shmctl, id, SET, &d));
	tell("set", id);
	if (call(fork) == 0) {
		call(setresgid, 54321, 54321, 54321);
		call(setresuid, 54321, 54321, 54321);
		say("get to read", call(shmget, key, 0l, 0400) == id);
		say("get to write", call(shmget, key, 0l, 0600));
		sayat("attach to read", call(shmat, id, 0l, RDONLY));
		sayat("attach", call(shmat, id, 0l, 0));
		say("set", call(shmctl, id, SET, &d));
		say("remove", call(shmctl, id, RMID, 0l));
		call(exit_group, 0);
	}
	child_end();
	call(shmctl, id, RMID, 0l);
}

int main(void)
{
	key = 0x50410000l | (call(getpid) & 0xffff);
	getting();
	attaching();
	rights();
	return 0;
}
