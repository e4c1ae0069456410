/* Calls that C libraries have a better one for, each at least on a bad descriptor. */
#include "oracle.h"

int main(void)
{
	TRY(syscall(SYS_sendmmsg, 99, NULL, 1, 0));
	TRY(syscall(SYS_recvmmsg, 99, NULL, 1, 0, NULL));
	TRY(syscall(SYS_inotify_init));
	TRY(syscall(SYS_creat, "", 0600));
	return 0;
}
