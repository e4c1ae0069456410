/* semaphores.c - System V semaphores: operations all at once, waiting, taking back at the end; rights and refusals. */
#include <linux/ipc.h>
#include "call.h"

enum { CREAT = 01000, EXCL = 02000, NOWAIT = 04000 };
static long key; /* others may run this at the same time */

#ifdef __x86_64__
#define SEMOP(id, ops, count)	      call(semop, id, ops, count)
#define SEMTIMEDOP(id, ops, count, t) call(semtimedop, id, ops, count, t)
#define SEMCTL(id, number, cmd, arg)  call(semctl, id, number, cmd, arg)
#else /* as the C libraries for i386 do it */
static unsigned long ipc_arg;
#define SEMOP(id, ops, count)	      call(ipc, 1, id, count, 0l, ops)
#define SEMTIMEDOP(id, ops, count, t) call(ipc, 4, id, count, 0l, ops, t)
#define SEMCTL(id, number, cmd, arg)                                                               \
	(ipc_arg = (unsigned long)(arg), call(ipc, 3, id, number, (cmd) | 0x100, &ipc_arg))
#endif

struct op {
	uint16_t number;
	int16_t op, flags;
};

static long one(int id, int number, int op, int flags)
{
	struct op o = { (uint16_t)number, (int16_t)op, (int16_t)flags };

	return SEMOP(id, &o, 1);
}

static void values_show(const char *what, int id)
{
	uint16_t values[3] = { 99, 99, 99 };
	long err = SEMCTL(id, 0, SEM_GETALL, values);

	if (err) {
		say(what, err);
	} else {
		printf("%s: %u %u %u\n", what, values[0], values[1], values[2]);
		fflush(stdout);
	}
}

static void tell(const char *what, int id)
{
	struct linux_semid_ds d;
	long err = SEMCTL(id, 0, IPC_STAT, &d);

	if (err) {
		say(what, err);
		return;
	}
	printf("%s: mode %o count %lu operated %d changed %d\n", what, d.perm.mode, d.count,
		d.op_time != 0, d.change_time != 0);
	fflush(stdout);
}

static void getting(void)
{
	int id;

	say("not there", call(semget, key, 3, 0));
	say("of none", call(semget, key, 0, CREAT | 0600));
	say("of too many", call(semget, key, 1000000, CREAT | 0600));
	say("of less than none", call(semget, key, -1, CREAT | 0600));
	id = (int)call(semget, key, 3, CREAT | 0640);
	say("made", id >= 0);
	say("found", call(semget, key, 0, 0) == id);
	say("fewer", call(semget, key, 2, CREAT | 0600) == id);
	say("more", call(semget, key, 4, 0));
	say("exclusive", call(semget, key, 3, CREAT | EXCL));
	tell("new", id);
	values_show("new", id);
	say("remove", SEMCTL(id, 0, IPC_RMID, 0l));
	say("remove again", SEMCTL(id, 0, IPC_RMID, 0l));
	say("operate on it", one(id, 0, 1, 0));
	say("not there", call(semget, key, 3, 0));
}

static void refusals(int id)
{
	static struct op many[501];

	say("no operation", SEMOP(id, many, 0));
	say("too many", SEMOP(id, many, 501));
	say("many", SEMOP(id, many, 500));
	say("from nowhere", SEMOP(id, 8l, 1));
	say("negative id", SEMOP(-1, many, 1));
	say("no such id", SEMOP(0x7fff0000, many, 1));
	say("no such semaphore", one(id, 3, 1, 0));
	say("too much", one(id, 0, 32767, 0));
	say("one more", one(id, 0, 1, 0));
	say("take all", one(id, 0, -32767, 0));
	say("not now", one(id, 0, -1, NOWAIT));
	say("zero", one(id, 0, 0, NOWAIT));
	one(id, 0, 1, 0);
	say("not zero", one(id, 0, 0, NOWAIT));
	say("set to too much", SEMCTL(id, 0, SEM_SETVAL, 32768l));
	say("set to less than nothing", SEMCTL(id, 0, SEM_SETVAL, -1l));
	say("set none", SEMCTL(id, 3, SEM_SETVAL, 1l));
	say("get none", SEMCTL(id, -1, SEM_GETVAL, 0l));
	say("get none", SEMCTL(id, 3, SEM_GETNCNT, 0l));
	say("all to nowhere", SEMCTL(id, 0, SEM_GETALL, 8l));
	say("all from nowhere", SEMCTL(id, 0, SEM_SETALL, 8l));
	say("stat to nowhere", SEMCTL(id, 0, IPC_STAT, 8l));
	say("set from nowhere", SEMCTL(id, 0, IPC_SET, 8l));
	say("command", SEMCTL(id, 0, 99, 0l));
	say("command -1", SEMCTL(id, 0, -1, 0l));
	say("id -1", SEMCTL(-1, 0, SEM_GETVAL, 0l));
}

static void at_once(int id)
{
	struct op ops[] = { { 0, 2, 0 }, { 1, 3, 0 }, { 2, -1, NOWAIT } };
	struct op back[] = { { 0, -2, NOWAIT }, { 0, 0, NOWAIT }, { 0, 5, 0 } };
	uint16_t all[3] = { 1, 2, 40000 };

	SEMCTL(id, 0, SEM_SETVAL, 0l);
	say("all or none", SEMOP(id, ops, 3));
	values_show("none", id);
	SEMCTL(id, 2, SEM_SETVAL, 1l);
	say("all or none", SEMOP(id, ops, 3));
	values_show("all", id);
	say("one after the other", SEMOP(id, back, 3));
	values_show("so", id);
	say("set all to too much", SEMCTL(id, 0, SEM_SETALL, all));
	all[2] = 3;
	say("set all", SEMCTL(id, 0, SEM_SETALL, all));
	values_show("set", id);
	say("who", SEMCTL(id, 1, SEM_GETPID, 0l) == call(getpid));
	tell("operated", id);
}

/* A child operates while this process waits, or the other way round. */
static void waiting(int id)
{
	struct op both[] = { { 0, -1, 0 }, { 1, -1, 0 } };
	struct span span = { 0, 20000000 }, wrong = { 0, 1000000000 };
	uint16_t none[3] = { 0, 0, 0 };
	long err;

	SEMCTL(id, 0, SEM_SETALL, none);
	child_when_asleep(one(id, 0, 1, 0));
	say("wait for one", one(id, 0, -1, 0));
	child_end();
	SEMCTL(id, 0, SEM_SETVAL, 2l);
	child_when_asleep(one(id, 0, -2, 0));
	say("wait for zero", one(id, 0, 0, 0));
	child_end();
	child_when_asleep(one(id, 0, 1, 0); until_asleep((int)call(getppid)); one(id, 1, 1, 0));
	say("wait for both", SEMOP(id, both, 2));
	child_end();
	values_show("both are taken", id);
	say("until it is late", SEMTIMEDOP(id, both, 2, &span));
	say("wrong time", SEMTIMEDOP(id, both, 2, &wrong));
	say("time from nowhere", SEMTIMEDOP(id, both, 2, 8l));
	if (call(fork) == 0) {
		say("a child waits", SEMOP(id, both, 2));
		call(exit_group, 0);
	}
	while (SEMCTL(id, 0, SEM_GETNCNT, 0l) == 0) {
		sleep_ms(5);
	}
	say("who wait for more", SEMCTL(id, 0, SEM_GETNCNT, 0l));
	say("who wait for more of the next", SEMCTL(id, 1, SEM_GETNCNT, 0l));
	say("who wait for zero", SEMCTL(id, 0, SEM_GETZCNT, 0l));
	none[0] = none[1] = 1;
	err = SEMCTL(id, 0, SEM_SETALL, none);
	child_end();
	say("set all", err);
	values_show("it took them", id);
	child_when_asleep(SEMCTL(id, 0, IPC_RMID, 0l));
	say("removed meanwhile", one(id, 0, -1, 0));
	child_end();
}

static void handler(int signal)
{
}

static void interrupted(int id)
{
	struct {
		void (*handler)(int);
		unsigned long flags;
		void *restorer;
		uint64_t mask;
	} action = { handler, 0x10000000, 0, 0 }; /* SA_RESTART */
	int self = (int)call(getpid);

	call(rt_sigaction, 14, &action, 0l, 8l);
	/* SIGWINCH is ignored: nothing happens */
	child_when_asleep(call(kill, self, 28); until_asleep(self); one(id, 0, 1, 0));
	say("what is ignored does not matter", one(id, 0, -1, 0));
	child_end();
}

/* ---- taking back ---- */

static void taking_back(int id)
{
	uint16_t none[3] = { 5, 5, 5 };

	SEMCTL(id, 0, SEM_SETALL, none);
	child_does((one(id, 0, -2, SEM_UNDO), one(id, 0, -1, SEM_UNDO), one(id, 1, 3, SEM_UNDO),
		values_show("in the child", id)));
	child_end();
	values_show("taken back", id);
	child_does((one(id, 0, -2, SEM_UNDO), SEMCTL(id, 0, SEM_SETVAL, 7l),
		one(id, 1, 2, SEM_UNDO), one(id, 1, -2, SEM_UNDO)));
	child_end();
	values_show("what is set is not taken back", id);
	child_does((one(id, 1, 2, SEM_UNDO), one(id, 1, -7, 0)));
	child_end();
	values_show("not below zero", id);
	child_does((one(id, 2, -5, SEM_UNDO), one(id, 1, 1, 0), one(id, 1, 0, 0),
		call(kill, (int)call(getpid), 9)));
	one(id, 1, -1, 0);
	say("wait for who is killed", one(id, 2, -5, 0));
	child_end();
	SEMCTL(id, 0, SEM_SETVAL, 0l);
	say("too much to take back", one(id, 0, 32767, SEM_UNDO));
	one(id, 0, -32767, 0);
	say("too much to take back", one(id, 0, 2, SEM_UNDO));
	values_show("none", id);
}

static void rights(int id)
{
	struct linux_semid_ds d;

	SEMCTL(id, 0, IPC_STAT, &d);
	d.perm.mode = 0604;
	say("set", SEMCTL(id, 0, IPC_SET, &d));
	tell("set", id);
	if (call(fork) == 0) {
		call(setresgid, 54321, 54321, 54321);
		call(setresuid, 54321, 54321, 54321);
		say("get to read", call(semget, key, 0, 0400) == id);
		say("get to write", call(semget, key, 0, 0600));
		say("value", SEMCTL(id, 0, SEM_GETVAL, 0l));
		say("set value", SEMCTL(id, 0, SEM_SETVAL, 0l));
		say("zero", one(id, 0, 0, NOWAIT));
		say("add", one(id, 0, 1, 0));
		say("set", SEMCTL(id, 0, IPC_SET, &d));
		say("remove", SEMCTL(id, 0, IPC_RMID, 0l));
		call(exit_group, 0);
	}
	child_end();
}

int main(void)
{
	int id;

	key = 0x53450000l | (call(getpid) & 0xffff);
	getting();
	id = (int)call(semget, key, 3, CREAT | 0640);
	refusals(id);
	at_once(id);
	waiting(id);
	id = (int)call(semget, key, 3, CREAT | 0640);
	interrupted(id);
	taking_back(id);
	rights(id);
	say("remove", SEMCTL(id, 0, IPC_RMID, 0l));
	return 0;
}
