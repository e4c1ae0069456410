/* messages.c - System V message queues: order, types, room, waiting; rights and refusals. */
#include <linux/ipc.h>
#include <string.h>
#include "call.h"

enum { CREAT = 01000, EXCL = 02000, NOWAIT = 04000 };
static long key; /* others may run this at the same time */

static struct {
	long type;
	char text[8193];
} message;

static long send_text(int id, long type, const char *text, int flags)
{
	message.type = type;
	strcpy(message.text, text);
	return call(msgsnd, id, &message, strlen(text), flags);
}

static void receive(const char *what, int id, unsigned long room, long type, int flags)
{
	long len;

	memset(&message, 0, sizeof(message));
	len = call(msgrcv, id, &message, room, type, flags);
	if (len < 0) {
		say(what, len);
	} else {
		printf("%s: %ld, type %ld \"%s\"\n", what, len, message.type, message.text);
		fflush(stdout);
	}
}

static void tell(const char *what, int id)
{
	struct linux_msqid_ds d;
	long err = call(msgctl, id, IPC_STAT, &d);

	if (err) {
		say(what, err);
		return;
	}
	printf("%s: mode %o, %lu bytes in %lu of %lu, sender %d, receiver %d, times %d %d %d\n",
		what, d.perm.mode, d.bytes, d.count, d.bytes_max, d.last_sender == call(getpid),
		d.last_receiver == call(getpid), d.send_time != 0, d.receive_time != 0,
		d.change_time != 0);
	fflush(stdout);
}

static void getting(void)
{
	int id;

	say("not there", call(msgget, key, 0));
	id = (int)call(msgget, key, CREAT | 0640);
	say("made", id >= 0);
	say("found", call(msgget, key, 0) == id);
	say("exclusive", call(msgget, key, CREAT | EXCL));
	tell("new", id);
	say("remove", call(msgctl, id, IPC_RMID, 0l));
	say("remove again", call(msgctl, id, IPC_RMID, 0l));
	say("send to it", send_text(id, 1, "x", 0));
	say("not there", call(msgget, key, 0));
}

static void refusals(int id)
{
	say("type 0", send_text(id, 0, "x", 0));
	say("type -1", send_text(id, -1, "x", 0));
	say("from nowhere", call(msgsnd, id, 8l, 1l, 0));
	say("too long", call(msgsnd, id, &message, 8193l, 0));
	say("negative length", call(msgsnd, id, &message, -1l, 0));
	say("negative id", call(msgsnd, -1, &message, 1l, 0));
	receive("negative id", -1, 10, 0, NOWAIT);
	receive("negative room", id, ~0ul, 0, NOWAIT);
	receive("nothing there", id, 10, 0, NOWAIT);
	send_text(id, 3, "hello", 0);
	receive("too little room", id, 4, 0, NOWAIT);
	receive("too little room, and other types", id, 4, 2, NOWAIT);
	receive("cut off", id, 4, 0, NOWAIT | MSG_NOERROR);
	receive("it is gone", id, 4, 0, NOWAIT);
	say("of no length", send_text(id, 9, "", 0));
	receive("of no length", id, 0, 9, 0);
	send_text(id, 1, "lost", 0);
	say("to nowhere", call(msgrcv, id, 8l, 10l, 0l, NOWAIT));
	receive("it is lost", id, 10, 0, NOWAIT);
	say("stat to nowhere", call(msgctl, id, IPC_STAT, 8l));
	say("set from nowhere", call(msgctl, id, IPC_SET, 8l));
	say("command", call(msgctl, id, 99, 0l));
	say("command -1", call(msgctl, id, -1, 0l));
	say("id -1", call(msgctl, -1, IPC_STAT, 0l));
}

static void types(int id)
{
	send_text(id, 5, "five", 0);
	send_text(id, 3, "three", 0);
	send_text(id, 4, "four", 0);
	send_text(id, 3, "three again", 0);
	send_text(id, 7, "seven", 0);
	tell("five messages", id);
	receive("of type 4", id, 100, 4, NOWAIT);
	receive("of type 4", id, 100, 4, NOWAIT);
	receive("up to 2", id, 100, -2, NOWAIT);
	receive("up to 6", id, 100, -6, NOWAIT);
	receive("not of type 5", id, 100, 5, NOWAIT | MSG_EXCEPT);
	receive("the first", id, 100, 0, NOWAIT);
	receive("as low as can be", id, 100, (long)(1ul << (8 * sizeof(long) - 1)), NOWAIT);
	receive("none", id, 100, 0, NOWAIT);
}

static void waiting(int id)
{
	child_when_asleep((send_text(id, 2, "two", 0), send_text(id, 1, "one", 0)));
	receive("wait for type 1", id, 100, 1, 0);
	child_end();
	receive("type 2 is there", id, 100, 0, NOWAIT);
	child_when_asleep(send_text(id, 1, "long", 0));
	receive("wait, too little room", id, 2, 0, 0);
	child_end();
	receive("it is still there", id, 100, 0, NOWAIT);
	memset(message.text, 'x', 8192);
	message.type = 1;
	say("full", call(msgsnd, id, &message, 8192l, 0));
	message.type = 2;
	say("full", call(msgsnd, id, &message, 8192l, 0));
	tell("full", id);
	say("over", call(msgsnd, id, &message, 1l, NOWAIT));
	child_when_asleep(call(msgrcv, id, &message, 8192l, 1l, 0));
	say("wait for room", call(msgsnd, id, &message, 100l, 0));
	child_end();
	tell("one and a short one", id);
	child_when_asleep(call(msgctl, id, IPC_RMID, 0l));
	message.type = 1;
	say("removed meanwhile", call(msgsnd, id, &message, 8192l, 0));
	child_end();
	id = (int)call(msgget, key, CREAT | 0640);
	child_when_asleep(call(msgctl, id, IPC_RMID, 0l));
	receive("removed meanwhile", id, 100, 0, 0);
	child_end();
}

/* Two wait; each gets what it wants, whoever is there first. */
static void two_wait(int id)
{
	int child = (int)call(fork);

	if (!child) {
		receive("a child waits for type 2", id, 100, 2, 0);
		send_text(id, 1, "go on", 0);
		call(exit_group, 0);
	}
	until_asleep(child);
	child_when_asleep(send_text(id, 2, "for the child", 0));
	receive("its parent waits for type 1", id, 100, 1, 0);
	child_end();
	child_end();
}

static void rights(int id)
{
	struct linux_msqid_ds d;

	call(msgctl, id, IPC_STAT, &d);
	d.perm.mode = 0604;
	d.bytes_max = 10000;
	say("set", call(msgctl, id, IPC_SET, &d));
	tell("set", id);
	if (call(fork) == 0) {
		call(setresgid, 54321, 54321, 54321);
		call(setresuid, 54321, 54321, 54321);
		say("get to read", call(msgget, key, 0400) == id);
		say("get to write", call(msgget, key, 0600));
		receive("receive", id, 10, 0, NOWAIT);
		say("send", send_text(id, 1, "x", 0));
		say("set", call(msgctl, id, IPC_SET, &d));
		say("remove", call(msgctl, id, IPC_RMID, 0l));
		id = (int)call(msgget, 0l, 0600);
		call(msgctl, id, IPC_STAT, &d);
		d.bytes_max = 100000;
		say("more than is allowed", call(msgctl, id, IPC_SET, &d));
		say("remove its own", call(msgctl, id, IPC_RMID, 0l));
		call(exit_group, 0);
	}
	child_end();
}

int main(void)
{
	int id;

	key = 0x4d510000l | (call(getpid) & 0xffff);
	getting();
	id = (int)call(msgget, key, CREAT | 0640);
	refusals(id);
	types(id);
	waiting(id);
	id = (int)call(msgget, key, CREAT | 0640);
	two_wait(id);
	rights(id);
	say("remove", call(msgctl, id, IPC_RMID, 0l));
	return 0;
}
