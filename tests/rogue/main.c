/* main.c - the table of attacks, and one of them from its beginning to its end. */
#include "rogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct attack *const __start_attacks[], *const __stop_attacks[];

int main(int argc, char **argv)
{
	const struct attack *const *a = __start_attacks;

	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (; a < __stop_attacks; a++) {
			printf("%s\t%s\n", (*a)->name, (*a)->said);
		}
		return 0;
	}
	if (argc != 3) {
		give_up("usage: rogue list, or rogue ATTACK DOMID");
	}
	domid = (unsigned)strtoul(argv[2], NULL, 10);
	while (a < __stop_attacks && strcmp((*a)->name, argv[1])) {
		a++;
	}
	if (a == __stop_attacks) {
		give_up("there is no attack \"%s\"", argv[1]);
	}
	open_all();
	(*a)->run();
	if (*front) {
		/* A guest that is to notice closes its end, or never began. */
		if ((*a)->said[0] && strncmp((*a)->said, "not started", 11)) {
			front_reaches(XenbusStateClosing, 15000);
		}
		printf("state %ld\n", front_state());
		device_unplug();
	}
	nap(200); /* the guest sees it go */
	return 0;
}
