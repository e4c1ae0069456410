/* store.h - the store, by way of xenstored's own socket: one connection for a program, and one watch. */
#ifndef RIG_STORE_H
#define RIG_STORE_H

#include <stdbool.h>

/* All end the program when xenstored does not answer. */

void store_open(void);

/* The text of a node, to be freed; NULL if it cannot be read. */
char *store_read(const char *path);

/* Whether it was written. */
bool store_write(const char *path, const char *text);

/* Whether the node was removed, with all below it. */
bool store_remove(const char *path);

/* Whether there is nothing in a folder but what is named so. */
bool store_has_only(const char *folder, const char *name);

/* Sets the watch. It fires once when it is set: that event is over when this returns. */
void store_watch(const char *path);

/* For poll(). */
int store_handle(void);

/* Whether store_event() has one without waiting; waits for the next time the watch fires. */
bool store_has_event(void);
void store_event(void);

/* The number of the domain of that name, or -1. */
int store_domain_named(const char *name);

#endif
