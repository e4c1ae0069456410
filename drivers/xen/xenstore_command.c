/* xenstore_command.c - the monitor's window into the store: xenstore read|ls|write|rm. */
#include <drivers/xen/xenstore.h>
#include <kernel/errno.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/monitor.h>
#include <kernel/string.h>

static int command_read(char **argv)
{
	char *value;
	int err = xenstore_read(XS_NONE, argv[0], NULL, &value, NULL);

	if (!err) {
		log_print("%s\n", value);
		heap_free(value);
	}
	return err;
}

static void entry_print(const char *dir, const char *name)
{
	char *value;
	int err = xenstore_read(XS_NONE, dir, name, &value, NULL);

	if (err) {
		log_print("%s: %s\n", name, errno_name(err));
	} else {
		log_print("%s = \"%s\"\n", name, value);
		heap_free(value);
	}
}

static int command_ls(char **argv)
{
	struct xs_list list;
	size_t offset = 0;
	const char *name, *dir = argv[0];
	int err = xenstore_list(XS_NONE, dir, NULL, &list);

	if (err) {
		return err;
	}
	while ((name = xs_wire_next(list.names, list.len, &offset))) {
		entry_print(dir, name);
	}
	heap_free(list.names);
	return 0;
}

static int command_write(char **argv)
{
	return xenstore_write(XS_NONE, argv[0], NULL, argv[1]);
}

static int command_rm(char **argv)
{
	return xenstore_rm(XS_NONE, argv[0], NULL);
}

static const struct {
	const char *name;
	int args;
	int (*run)(char **argv);
} subcommands[] = {
	{ "read", 1, command_read },
	{ "ls", 1, command_ls },
	{ "write", 2, command_write },
	{ "rm", 1, command_rm },
};

/* The store knows no name for our own part as a whole: "." is replaced by its path. */
static char *path_of(char *given)
{
	static char home[40];
	uint64_t domid;

	if (strcmp(given, ".") || xenstore_read_number(XS_NONE, "domid", NULL, &domid)) {
		return given;
	}
	fmt_print(home, sizeof(home), "/local/domain/%lu", (unsigned long)domid);
	return home;
}

MONITOR_COMMAND(xenstore,
	"read|ls|rm PATH, write PATH VALUE - look into the store; relative paths and . are our own "
	"part")
{
	for (unsigned i = 0; argc >= 2 && i < ARRAY_SIZE(subcommands); i++) {
		if (!strcmp(argv[1], subcommands[i].name) && argc == subcommands[i].args + 2) {
			int err;

			argv[2] = path_of(argv[2]);
			err = subcommands[i].run(argv + 2);

			if (err) {
				log_print("xenstore: %s: %s\n", argv[2], errno_name(err));
			}
			return err;
		}
	}
	log_print("usage: xenstore read|ls|rm PATH, or write PATH VALUE\n");
	return -EINVAL;
}
