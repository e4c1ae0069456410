/*
 * serve.c - one process in dom0 for all that a guest has to endure: to start a program there takes longer than most
 * attacks last. An attack runs in a fork, so that nothing of it is left for the next: neither mappings nor ports.
 *
 * A line of standard input says what to do:
 *
 *     attack DOMID NAME
 *     order PATH NUMBER TEXT       written to a guest's disk (talk.c)
 *     report PATH NUMBER SECONDS   what the guest wrote there, if it comes in time
 *
 * What there is to say about it goes to standard output and error, then "done STATUS" on a line of standard output.
 */
#include "rogue.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* The status as a shell has it. */
static int attack_in_fork(const char *name, unsigned seconds)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		alarm(seconds);
		exit(attack(name));
	}
	if (child < 0 || waitpid(child, &status, 0) != child) {
		give_up("no process for an attack");
	}
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

int serve(unsigned seconds)
{
	char line[512], path[128];
	unsigned number, patience;
	int text;

	while (fgets(line, sizeof(line), stdin)) {
		int status = 0;

		line[strcspn(line, "\n")] = '\0';
		text = 0;
		if (sscanf(line, "attack %u %n", &domid, &text) == 1 && text) {
			status = attack_in_fork(line + text, seconds);
		} else if (sscanf(line, "order %127s %u %n", path, &number, &text) == 2 && text) {
			talk_order(path, number, line + text);
		} else if (sscanf(line, "report %127s %u %u", path, &number, &patience) == 3) {
			talk_report(path, number, patience);
		} else {
			give_up("what is \"%s\"?", line);
		}
		printf("done %d\n", status);
		fflush(stdout);
	}
	return 0;
}
