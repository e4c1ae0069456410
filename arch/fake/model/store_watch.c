/* store_watch.c - watches: who is told about which changes. */
#include <stdio.h>
#include <string.h>

#include "store.h"

#define WATCHES 64

static struct watch {
	char path[1024]; /* absolute; "" for a free slot */
	char token[128];
	bool is_relative; /* registered so: events name the path relative to the domain's home */
} watches[WATCHES];

static void fire(const struct watch *w, const char *path)
{
	const char *shown = path;

	if (w->is_relative && path_is_below(path, STORE_HOME) &&
		strlen(path) > strlen(STORE_HOME)) {
		shown = path + strlen(STORE_HOME) + 1;
	}
	store_event(shown, w->token);
}

void watches_fire(const char *path)
{
	for (int i = 0; i < WATCHES; i++) {
		struct watch *w = &watches[i];

		if (w->path[0] &&
			(w->path[0] == '@' ? !strcmp(path, w->path)
					   : path_is_below(path, w->path) ||
						path_is_below(w->path, path))) {
			fire(w, path_is_below(path, w->path) ? path : w->path);
		}
	}
}

static struct watch *find(const char *path, const char *token)
{
	for (int i = 0; i < WATCHES; i++) {
		if (!strcmp(watches[i].path, path) && !strcmp(watches[i].token, token)) {
			return &watches[i];
		}
	}
	return NULL;
}

const char *watch_add(const char *path, const char *token)
{
	char absolute[1024];
	struct watch *w;

	if (path[0] == '@') {
		snprintf(absolute, sizeof(absolute), "%s", path);
	} else if (!path_resolve(path, absolute, sizeof(absolute))) {
		return "EINVAL";
	}
	if (find(absolute, token)) {
		return "EEXIST";
	}
	w = find("", "");
	if (!w) {
		return "E2BIG";
	}
	snprintf(w->path, sizeof(w->path), "%s", absolute);
	snprintf(w->token, sizeof(w->token), "%s", token);
	w->is_relative = path[0] != '/' && path[0] != '@';
	return NULL;
}

const char *watch_remove(const char *path, const char *token)
{
	char absolute[1024];
	struct watch *w;

	if (path[0] == '@') {
		snprintf(absolute, sizeof(absolute), "%s", path);
	} else if (!path_resolve(path, absolute, sizeof(absolute))) {
		return "EINVAL";
	}
	w = find(absolute, token);
	if (!w) {
		return "ENOENT";
	}
	memset(w, 0, sizeof(*w));
	return NULL;
}

void watches_reset(void)
{
	memset(watches, 0, sizeof(watches));
}

unsigned model_store_watches(void)
{
	unsigned count = 0;

	for (int i = 0; i < WATCHES; i++) {
		count += watches[i].path[0] != '\0';
	}
	return count;
}
