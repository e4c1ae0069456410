/*
 * monitor.c - the command interpreter: from text to commands.
 *
 *     script  = command { ";" command }
 *     command = word { blank word }
 *
 * The script of "run=" comes first, then lines from the console. A command that
 * fails sets the verdict of the machine to 1.
 */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/machine.h>
#include <kernel/monitor.h>
#include <kernel/option.h>
#include <kernel/string.h>
#include <kernel/thread.h>

#define LINE_SIZE 1024
#define ARGS_MAX  128

#define CTRL_C	  0x03
#define BACKSPACE 0x08
#define CTRL_U	  0x15
#define DELETE	  0x7f

extern const struct monitor_command commands_start[], commands_end[]; /* kernel.lds */

static char script[LINE_SIZE];
OPTION_TEXT(run, "run", script, "commands to run after boot, separated by \";\"");

/* ---- executing ------------------------------------------------------------ */

static const struct monitor_command *command_find(const char *name)
{
	for (const struct monitor_command *c = commands_start; c < commands_end; c++) {
		if (!strcmp(c->name, name)) {
			return c;
		}
	}
	return NULL;
}

/* Cut `text` into words in place; -E2BIG when there are too many. */
static int words_cut(char *text, char **argv)
{
	int argc = 0;

	for (;;) {
		while (*text == ' ' || *text == '\t') {
			*text++ = '\0';
		}
		if (!*text) {
			return argc;
		}
		if (argc == ARGS_MAX) {
			return -E2BIG;
		}
		argv[argc++] = text;
		while (*text && *text != ' ' && *text != '\t') {
			text++;
		}
	}
}

static int words_run(int argc, char **argv)
{
	const struct monitor_command *command = command_find(argv[0]);
	int err;

	if (!command) {
		log_print("%s: no such command; \"help\" lists them\n", argv[0]);
		return -ENOENT;
	}
	err = command->run(argc, argv);
	if (err) {
		log_print("%s: failed: %s\n", argv[0], errno_name(err));
	}
	return err;
}

static int command_run(char *text)
{
	static char *argv[ARGS_MAX]; /* too large for a stack frame; commands do not nest */
	int argc = words_cut(text, argv);

	if (argc < 0) {
		log_print("monitor: more than %d words in a command\n", ARGS_MAX);
		return argc;
	}
	return argc ? words_run(argc, argv) : 0;
}

static void script_run(char *text)
{
	while (text) {
		char *next = strchr(text, ';');

		if (next) {
			*next++ = '\0';
		}
		if (command_run(text)) {
			machine_status_set(1);
		}
		text = next;
	}
}

/* ---- the console ---------------------------------------------------------- */

struct editor {
	char line[LINE_SIZE];
	size_t len;
	bool was_return; /* a newline right after it belongs to it */
};

static void erase(struct editor *e, size_t count)
{
	for (; count > 0 && e->len > 0; count--) {
		e->len--;
		log_text("\b \b", 3);
	}
}

static void insert(struct editor *e, char c)
{
	if (c >= ' ' && e->len < LINE_SIZE - 1) {
		e->line[e->len++] = c;
		log_text(&c, 1);
	}
}

/* Take one byte in; true when the line is complete. */
static bool edit(struct editor *e, char c)
{
	bool is_line_end = c == '\r' || (c == '\n' && !e->was_return);

	e->was_return = c == '\r';
	switch (c) {
	case '\r':
	case '\n':
		break;
	case CTRL_C:
		e->len = 0;
		log_text("^C", 2);
		is_line_end = true;
		break;
	case CTRL_U:
		erase(e, e->len);
		break;
	case BACKSPACE:
	case DELETE:
		erase(e, 1);
		break;
	default:
		insert(e, c);
		break;
	}
	return is_line_end;
}

static void line_read(struct editor *e)
{
	e->len = 0;
	log_print("paravane> ");
	while (!edit(e, (char)console_input_read(WAIT_FOREVER))) {
	}
	e->line[e->len] = '\0';
	log_text("\n", 1);
}

void monitor_script(void)
{
	script_run(script);
}

void monitor_loop(void)
{
	static struct editor editor;

	for (;;) {
		line_read(&editor);
		script_run(editor.line);
	}
}

static int usage_print(const struct monitor_command *c)
{
	log_print("  %-10s %s\n", c->name, c->usage);
	return 0;
}

/* The first command by name after `name`, so that the list is in order. */
static const struct monitor_command *command_after(const char *name)
{
	const struct monitor_command *best = NULL;

	for (const struct monitor_command *c = commands_start; c < commands_end; c++) {
		if (strcmp(c->name, name) > 0 && (!best || strcmp(c->name, best->name) < 0)) {
			best = c;
		}
	}
	return best;
}

MONITOR_COMMAND(help, "[COMMAND] - this list, or one command")
{
	const struct monitor_command *one = argc > 1 ? command_find(argv[1]) : NULL;

	if (argc > 1) {
		return one ? usage_print(one) : -ENOENT;
	}
	for (one = command_after(""); one; one = command_after(one->name)) {
		usage_print(one);
	}
	return 0;
}
