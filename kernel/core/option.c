/*
 * option.c - the command line.
 *
 *     line   = { blank } { word blank { blank } }
 *     word   = name [ "=" value ]
 *     value  = text without blanks, or " text without quotes "
 *
 * A word is cut out first, then looked up, then its value is judged by the
 * option's type; only a good value is stored.
 */
#include <kernel/errno.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <kernel/string.h>

extern const struct option options_start[], options_end[]; /* kernel.lds */

struct word {
	const char *name;
	size_t name_len;
	const char *value; /* NULL: there is no "=" */
	size_t value_len;
};

struct complaint {
	char *text;
	size_t size;
};

#define COMPLAIN(complaint, ...)                                                                   \
	(fmt_print((complaint)->text, (complaint)->size, __VA_ARGS__), -EINVAL)

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

static const char *text_end(const char *p, bool ends_at_equals)
{
	while (*p && !is_blank(*p) && !(ends_at_equals && *p == '=')) {
		p++;
	}
	return p;
}

/* ---- words ------------------------------------------------------------ */

static int value_cut(const char **at, struct word *word, const struct complaint *complaint)
{
	const char *p = *at, *end;

	if (*p != '"') {
		end = text_end(p, false);
		*at = end;
	} else {
		end = strchr(++p, '"');
		if (!end) {
			return COMPLAIN(complaint, "option %.*s: the quote is not closed",
				(int)word->name_len, word->name);
		}
		*at = end + 1;
		if (**at && !is_blank(**at)) {
			return COMPLAIN(complaint,
				"option %.*s: a blank must follow the closing quote",
				(int)word->name_len, word->name);
		}
	}
	word->value = p;
	word->value_len = (size_t)(end - p);
	return 0;
}

/* The next word of the line, name_len 0 at its end; *at goes behind it. */
static int word_cut(const char **at, struct word *word, const struct complaint *complaint)
{
	const char *p = *at;

	while (is_blank(*p)) {
		p++;
	}
	*at = text_end(p, true);
	*word = (struct word){ .name = p, .name_len = (size_t)(*at - p) };
	if (**at != '=') {
		return 0;
	}
	if (!word->name_len) {
		return COMPLAIN(complaint, "\"%.*s\" has no name before its \"=\"",
			(int)(text_end(p, false) - p), p);
	}
	(*at)++;
	return value_cut(at, word, complaint);
}

/* ---- values ----------------------------------------------------------- */

static bool value_is(const struct word *word, const char *text)
{
	return strlen(text) == word->value_len && !strncmp(word->value, text, word->value_len);
}

static int flag_set(
	const struct option *option, const struct word *word, const struct complaint *complaint)
{
	bool on = !word->value || value_is(word, "on");

	if (!on && !value_is(word, "off")) {
		return COMPLAIN(complaint, "option %s: \"%.*s\" is neither on nor off",
			option->name, (int)word->value_len, word->value);
	}
	*(bool *)option->target = on;
	return 0;
}

static int uint_set(
	const struct option *option, const struct word *word, const struct complaint *complaint)
{
	char text[24];
	uint64_t value = 0;
	int err = -EINVAL;

	if (word->value && word->value_len < sizeof(text)) {
		strlcpy(text, word->value, word->value_len + 1);
		err = str_to_u64(text, &value);
	}
	if (err || value < option->min || value > option->max) {
		return COMPLAIN(complaint, "option %s: \"%.*s\" is not a number from %u to %u",
			option->name, (int)word->value_len, word->value ? word->value : "",
			option->min, option->max);
	}
	*(unsigned *)option->target = (unsigned)value;
	return 0;
}

static int text_set(
	const struct option *option, const struct word *word, const struct complaint *complaint)
{
	if (!word->value) {
		return COMPLAIN(complaint, "option %s: it needs a value", option->name);
	}
	if (word->value_len > option->max) {
		return COMPLAIN(complaint, "option %s: %zu characters are too many, %u are allowed",
			option->name, word->value_len, option->max);
	}
	strlcpy(option->target, word->value, word->value_len + 1);
	return 0;
}

static const struct option *option_find(const struct word *word)
{
	for (const struct option *o = options_start; o < options_end; o++) {
		if (strlen(o->name) == word->name_len &&
			!strncmp(o->name, word->name, word->name_len)) {
			return o;
		}
	}
	return NULL;
}

static int word_apply(const struct word *word, const struct complaint *complaint)
{
	const struct option *option = option_find(word);

	if (!option) {
		return COMPLAIN(
			complaint, "there is no option \"%.*s\"", (int)word->name_len, word->name);
	}
	switch (option->type) {
	case OPTION_FLAG:
		return flag_set(option, word, complaint);
	case OPTION_UINT:
		return uint_set(option, word, complaint);
	default:
		return text_set(option, word, complaint);
	}
}

int option_parse(const char *line, char *error, size_t error_size)
{
	const struct complaint complaint = { error, error_size };
	struct word word;

	for (;;) {
		int err = word_cut(&line, &word, &complaint);

		if (!err && !word.name_len) {
			return 0;
		}
		if (!err) {
			err = word_apply(&word, &complaint);
		}
		if (err) {
			return err;
		}
	}
}

/* ---- help ------------------------------------------------------------- */

static void option_print(const struct option *o)
{
	char form[48];

	switch (o->type) {
	case OPTION_FLAG:
		fmt_print(form, sizeof(form), "%s=on|off", o->name);
		log_print("  %-24s %s; now %s\n", form, o->help, *(bool *)o->target ? "on" : "off");
		break;
	case OPTION_UINT:
		fmt_print(form, sizeof(form), "%s=%u..%u", o->name, o->min, o->max);
		log_print("  %-24s %s; now %u\n", form, o->help, *(unsigned *)o->target);
		break;
	default:
		fmt_print(form, sizeof(form), "%s=TEXT", o->name);
		log_print("  %-24s %s; now \"%s\"\n", form, o->help, (const char *)o->target);
		break;
	}
}

/* The first option by name after `name`, so that the list is in order. */
static const struct option *option_after(const char *name)
{
	const struct option *best = NULL;

	for (const struct option *o = options_start; o < options_end; o++) {
		if (strcmp(o->name, name) > 0 && (!best || strcmp(o->name, best->name) < 0)) {
			best = o;
		}
	}
	return best;
}

void option_print_all(void)
{
	for (const struct option *o = option_after(""); o; o = option_after(o->name)) {
		option_print(o);
	}
}
