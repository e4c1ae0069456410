/*
 * option.h - the command line: one line of words "name", "name=value" or
 * "name=\"several words\"".
 *
 * Each option is declared beside the variable it sets; the declarations form
 * one table in the image, from which parsing, the help text and the reference
 * page come. A word that no option takes, or a value out of bounds, stops the
 * boot with a message that names it and exit status 2: a mistyped knob must
 * not pass for a measurement.
 */
#ifndef KERNEL_OPTION_H
#define KERNEL_OPTION_H

#include <kernel/types.h>

enum option_type { OPTION_FLAG, OPTION_UINT, OPTION_TEXT };

struct option {
	const char *name;
	enum option_type type;
	void *target; /* bool, unsigned or char[max + 1] */
	unsigned min, max;
	const char *help;
};

#define OPTION_ENTRY(id, ...)                                                                      \
	static const struct option option_##id __used __section(".options")                        \
		__aligned(sizeof(long)) = { __VA_ARGS__ }

/* `variable` is a bool: "name", "name=on" or "name=off". */
#define OPTION_FLAG(id, text, variable, help_text)                                                 \
	OPTION_ENTRY(id, .name = (text), .type = OPTION_FLAG, .target = &(variable),               \
		.help = (help_text))
/* `variable` is an unsigned in [low, high]. */
#define OPTION_UINT(id, text, variable, low, high, help_text)                                      \
	OPTION_ENTRY(id, .name = (text), .type = OPTION_UINT, .target = &(variable), .min = (low), \
		.max = (high), .help = (help_text))
/* `variable` is a char array. */
#define OPTION_TEXT(id, text, variable, help_text)                                                 \
	OPTION_ENTRY(id, .name = (text), .type = OPTION_TEXT, .target = (variable),                \
		.max = sizeof(variable) - 1, .help = (help_text))

/*
 * Parse a whole line and set every variable. On the first error nothing more
 * is set, *error holds a message for the user and -EINVAL is returned.
 */
int option_parse(const char *line, char *error, size_t error_size) __must_check;

/* Print every option with its bounds, value and help. */
void option_print_all(void);

#endif
