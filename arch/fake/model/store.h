/* store.h - what the parts of the store daemon share: the wire (store.c), requests (store_ops.c), watches (store_watch.c). */
#ifndef FAKE_STORE_H
#define FAKE_STORE_H

#include <stddef.h>
#include <stdint.h>
#include <xen/io/xs_wire.h>
#include "model.h"
#include "store_tree.h"

extern struct tree store;

/* Queue a message for the guest. */
void store_reply(const struct xsd_sockmsg *request, uint32_t type, const void *payload, size_t len);
void store_event(const char *path, const char *token);

/* Carry out one request whose payload is `len` bytes with a NUL behind them. */
void store_request(const struct xsd_sockmsg *request, char *payload, size_t len);
void store_ops_reset(void);

/* Something at `path` changed: queue an event for every watch that covers it. */
void watches_fire(const char *path);
const char *watch_add(const char *path, const char *token); /* NULL, or the errno's name */
const char *watch_remove(const char *path, const char *token);
void watches_reset(void);

#endif
