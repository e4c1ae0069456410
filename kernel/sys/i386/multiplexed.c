/*
 * multiplexed.c (i386) - many calls behind one number: sockets and System V IPC; and select() with its
 * arguments in memory.
 */
#include <arch/user.h>
#include <kernel/errno.h>
#include <linux/ipc.h>
#include "../timed.h"

#define ARGUMENTS_MAX 6

/* linux/net.h: SYS_SOCKET and so on. */
enum {
	CALL_SOCKET = 1,
	CALL_BIND,
	CALL_CONNECT,
	CALL_LISTEN,
	CALL_ACCEPT,
	CALL_GETSOCKNAME,
	CALL_GETPEERNAME,
	CALL_SOCKETPAIR,
	CALL_SEND,
	CALL_RECV,
	CALL_SENDTO,
	CALL_RECVFROM,
	CALL_SHUTDOWN,
	CALL_SETSOCKOPT,
	CALL_GETSOCKOPT,
	CALL_SENDMSG,
	CALL_RECVMSG,
	CALL_ACCEPT4,
	CALL_RECVMMSG,
	CALL_SENDMMSG,
	CALL_COUNT
};

static const uint8_t argument_counts[CALL_COUNT] = { [CALL_SOCKET] = 3,
	[CALL_BIND] = 3,
	[CALL_CONNECT] = 3,
	[CALL_LISTEN] = 2,
	[CALL_ACCEPT] = 3,
	[CALL_GETSOCKNAME] = 3,
	[CALL_GETPEERNAME] = 3,
	[CALL_SOCKETPAIR] = 4,
	[CALL_SEND] = 4,
	[CALL_RECV] = 4,
	[CALL_SENDTO] = 6,
	[CALL_RECVFROM] = 6,
	[CALL_SHUTDOWN] = 2,
	[CALL_SETSOCKOPT] = 5,
	[CALL_GETSOCKOPT] = 5,
	[CALL_SENDMSG] = 3,
	[CALL_RECVMSG] = 3,
	[CALL_ACCEPT4] = 4,
	[CALL_RECVMMSG] = 5,
	[CALL_SENDMMSG] = 4 };

/* Connections and names. */
static long connection_call(int call, const unsigned long a[ARGUMENTS_MAX])
{
	switch (call) {
	case CALL_SOCKET:
		return sys_socket((int)a[0], (int)a[1], (int)a[2]);
	case CALL_BIND:
		return sys_bind((int)a[0], a[1], (int)a[2]);
	case CALL_CONNECT:
		return sys_connect((int)a[0], a[1], (int)a[2]);
	case CALL_LISTEN:
		return sys_listen((int)a[0], (int)a[1]);
	case CALL_ACCEPT:
		return sys_accept4((int)a[0], a[1], a[2], 0);
	case CALL_ACCEPT4:
		return sys_accept4((int)a[0], a[1], a[2], (unsigned)a[3]);
	case CALL_GETSOCKNAME:
		return sys_getsockname((int)a[0], a[1], a[2]);
	case CALL_GETPEERNAME:
		return sys_getpeername((int)a[0], a[1], a[2]);
	case CALL_SOCKETPAIR:
		return sys_socketpair((int)a[0], (int)a[1], (int)a[2], a[3]);
	case CALL_SHUTDOWN:
		return sys_shutdown((int)a[0], (int)a[1]);
	case CALL_SETSOCKOPT:
		return sys_setsockopt((int)a[0], (int)a[1], (int)a[2], a[3], (int)a[4]);
	default:
		return sys_getsockopt((int)a[0], (int)a[1], (int)a[2], a[3], a[4]);
	}
}

long sys_socketcall(sys_int call, sys_ptr args)
{
	unsigned long a[ARGUMENTS_MAX];

	if (call < CALL_SOCKET || call >= CALL_COUNT) {
		return -EINVAL;
	}
	if (user_copy_in(a, args, argument_counts[call] * sizeof(a[0]))) {
		return -EFAULT;
	}
	switch (call) {
	case CALL_SEND:
		return sys_sendto((int)a[0], a[1], a[2], (unsigned)a[3], 0, 0);
	case CALL_RECV:
		return sys_recvfrom((int)a[0], a[1], a[2], (unsigned)a[3], 0, 0);
	case CALL_SENDTO:
		return sys_sendto((int)a[0], a[1], a[2], (unsigned)a[3], a[4], (int)a[5]);
	case CALL_RECVFROM:
		return sys_recvfrom((int)a[0], a[1], a[2], (unsigned)a[3], a[4], a[5]);
	case CALL_SENDMSG:
		return sys_sendmsg((int)a[0], a[1], (unsigned)a[2]);
	case CALL_RECVMSG:
		return sys_recvmsg((int)a[0], a[1], (unsigned)a[2]);
	case CALL_SENDMMSG:
		return sys_sendmmsg((int)a[0], a[1], (unsigned)a[2], (unsigned)a[3]);
	case CALL_RECVMMSG:
		return sys_recvmmsg((int)a[0], a[1], (unsigned)a[2], (unsigned)a[3], a[4]);
	default:
		return connection_call(call, a);
	}
}

/* ---- System V IPC ------------------------------------------------------------------------------ */

/* linux/ipc.h */
enum {
	CALL_SEMOP = 1,
	CALL_SEMGET = 2,
	CALL_SEMCTL = 3,
	CALL_SEMTIMEDOP = 4,
	CALL_MSGSND = 11,
	CALL_MSGRCV = 12,
	CALL_MSGGET = 13,
	CALL_MSGCTL = 14,
	CALL_SHMAT = 21,
	CALL_SHMDT = 22,
	CALL_SHMGET = 23,
	CALL_SHMCTL = 24
};
#define IPC_64	      0x100ul /* which structures; the others went with Linux 2.2 */
#define VERSION_SHIFT 16

/* The address does not fit into a result that may be an error. */
static long attach(int id, unsigned long flags, vaddr_t user_address, vaddr_t wanted)
{
	long at = sys_shmat(id, wanted, (unsigned)flags);

	if (is_error(at)) {
		return at;
	}
	return user_copy_out(user_address, &at, sizeof(at));
}

static long semaphore_call(unsigned call, int first, unsigned long second, unsigned long third,
	vaddr_t pointer, long fifth)
{
	unsigned long arg;

	switch (call) {
	case CALL_SEMOP:
		return sem_operate(first, pointer, second, 0, TIME_WORD);
	case CALL_SEMTIMEDOP:
		return sem_operate(first, pointer, second, (vaddr_t)fifth, TIME_WORD);
	case CALL_SEMGET:
		return sys_semget(first, (int)second, (unsigned)third);
	default:
		if (!pointer || !(third & IPC_64)) {
			return -EINVAL;
		}
		return user_copy_in(&arg, pointer, sizeof(arg))
			? -EFAULT
			: sys_semctl(first, (int)second, (int)(third & ~IPC_64), arg);
	}
}

/* Of the old form: what the message is told by is in memory itself. */
static long receive_old(int id, unsigned long room, unsigned long flags, vaddr_t pointer)
{
	struct {
		vaddr_t message;
		long type;
	} a;

	if (!pointer) {
		return -EINVAL;
	}
	return user_copy_in(&a, pointer, sizeof(a))
		? -EFAULT
		: sys_msgrcv(id, a.message, room, a.type, (unsigned)flags);
}

static long message_call(unsigned call, unsigned version, int first, unsigned long second,
	unsigned long third, vaddr_t pointer, long fifth)
{
	switch (call) {
	case CALL_MSGSND:
		return sys_msgsnd(first, pointer, second, (unsigned)third);
	case CALL_MSGRCV:
		return version ? sys_msgrcv(first, pointer, second, fifth, (unsigned)third)
			       : receive_old(first, second, third, pointer);
	case CALL_MSGGET:
		return sys_msgget(first, (unsigned)second);
	default:
		return second & IPC_64 ? sys_msgctl(first, (int)(second & ~IPC_64), pointer)
				       : -EINVAL;
	}
}

long sys_ipc(sys_uint call, sys_int first, sys_ulong second, sys_ulong third, sys_ptr pointer,
	sys_long fifth)
{
	unsigned version = call >> VERSION_SHIFT;

	call &= 0xffff;
	switch (call) {
	case CALL_SEMOP:
	case CALL_SEMTIMEDOP:
	case CALL_SEMGET:
	case CALL_SEMCTL:
		return semaphore_call(call, first, second, third, pointer, fifth);
	case CALL_MSGSND:
	case CALL_MSGRCV:
	case CALL_MSGGET:
	case CALL_MSGCTL:
		return message_call(call, version, first, second, third, pointer, fifth);
	case CALL_SHMAT:
		return version == 1 ? -EINVAL : attach(first, second, third, pointer);
	case CALL_SHMDT:
		return sys_shmdt(pointer);
	case CALL_SHMGET:
		return sys_shmget(first, second, (unsigned)third);
	case CALL_SHMCTL:
		return second & IPC_64 ? sys_shmctl(first, (int)(second & ~IPC_64), pointer)
				       : -EINVAL;
	default:
		return -ENOSYS;
	}
}

/* ---- select() ------------------------------------------------------------------------------------ */

long sys_select_old(sys_ptr user)
{
	struct {
		long count;
		vaddr_t read, write, except, timeout;
	} a;

	if (user_copy_in(&a, user, sizeof(a))) {
		return -EFAULT;
	}
	return sys_select((int)a.count, a.read, a.write, a.except, a.timeout);
}
