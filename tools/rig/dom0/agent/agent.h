/*
 * agent.h - the rig's hand in dom0: what its files share.
 *
 * One program, linked statically: under emulation a small program that forks is far cheaper than an interpreter that
 * does, and so is each time it wakes up. By its name, or the first word it is given, it does one of the jobs below and ends with
 * its status; without either it serves the host (serve.c).
 *
 *   run-domain [-q] NAME CONFIG [KEY=VALUE ...]   one domain's life (domain.c)
 *   console DOMID                                 joins standard input and output with a domain's console
 *   domid NAME                                    prints a domain's number
 *   files                                         writes the files that standard input describes (files.c)
 *   hotplug-disk, hotplug-vif EVENT               connect a back-end (hotplug.c)
 */
#ifndef RIG_AGENT_H
#define RIG_AGENT_H

#include <stdbool.h>
#include <stddef.h>

/* Each gets the words behind its name, NULL behind the last; returns an exit status. */
int run_domain(char **words);
int join_domain(char **words);
int print_domid(char **words);
int take_files(char **words);
int hotplug_disk(char **words);
int hotplug_vif(char **words);

/* The job of that name, or NULL. */
typedef int job_fn(char **words);
job_fn *job_find(const char *name);

/* Ends the program with status 255, having said why, and with `errno` what it is about. */
_Noreturn void die(const char *why);
_Noreturn void die_errno(const char *what);

/* All bytes, whatever interrupts; false, with errno, when that cannot be. */
bool write_all(int fd, const void *bytes, size_t length);

/* Starts a program (found by PATH), its standard handles being `fds` unless NULL, in a process group of its own or in a session
 * of its own. Returns its number, or -1 with errno set. */
int program_start(char *const *argv, const int *fds, bool has_session);

#endif
