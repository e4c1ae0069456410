/* main.c - the table of attacks, and one of them from its beginning to its end. */
#include "rogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

extern const struct attack *const __start_attacks[], *const __stop_attacks[];

/* Whether a guest that says this closes its end: one that never began has none, and after another one it goes on. */
static bool closes(const char *said)
{
	return *said && strncmp(said, "not started", 11) && strncmp(said, "xenbus: ", 8);
}

int attack(const char *name)
{
	const struct attack *const *a = __start_attacks;

	while (a < __stop_attacks && strcmp((*a)->name, name)) {
		a++;
	}
	if (a == __stop_attacks) {
		give_up("there is no attack \"%s\"", name);
	}
	open_all();
	(*a)->run();
	if (*front) {
		if (closes((*a)->said)) {
			front_reaches(XenbusStateClosing, 15000);
		}
		printf("state %ld\n", front_state());
		device_unplug();
	}
	nap(200); /* the guest sees it go */
	return 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "list")) {
		for (const struct attack *const *a = __start_attacks; a < __stop_attacks; a++) {
			printf("%s\t%s\n", (*a)->name, (*a)->said);
		}
		return 0;
	}
	if (argc != 3) {
		give_up("usage: rogue list, rogue ATTACK DOMID, or rogue serve SECONDS");
	}
	if (!strcmp(argv[1], "serve")) {
		return serve((unsigned)strtoul(argv[2], NULL, 10));
	}
	domid = (unsigned)strtoul(argv[2], NULL, 10);
	return attack(argv[1]);
}
