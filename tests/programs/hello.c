/* The least: arguments, standard output, errno, the exit status. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	printf("%s has %d argument\n", argv[0], argc);
	if (open("/nothing", O_RDONLY) < 0) {
		printf("/nothing: %d, %s\n", errno, strerror(errno));
	}
	return 0;
}
