/*
 * tour.h - the guided tour: what makes x86 hard to virtualize, shown where this kernel runs.
 *
 * A chapter shows one difficulty by doing it and says what the port does about it
 * (docs/tour.md). Its evidence are lines of one form, which tests read too:
 *
 *       > name             outcome    value
 *
 * Outcomes: "returned" a value, "done" what was asked, "ignored" it without a word, "trapped".
 * Each environment has the same chapters; what only it can show, or only one width, stands in a folder of its own.
 */
#ifndef TOUR_H
#define TOUR_H

#include <kernel/types.h>

struct tour_chapter {
	const char *title;
	void (*run)(void);
};

/* A line of text. */
void tour_say(const char *fmt, ...) __printf(1, 2);

/* A line of evidence. */
void tour_show(const char *name, const char *outcome, const char *fmt, ...) __printf(3, 4);

/* The same of an attempt (tour/attempt.h): "trapped" by which trap, else as the arguments say. */
void tour_attempt(bool went, const char *name, const char *outcome, const char *fmt, ...)
	__printf(4, 5);

/*
 * A line of evidence for what an operation costs: the median of some rounds, since a clock that may not
 * go back stands still where Xen corrects it, and the least round may be nothing.
 */
void tour_cost(const char *name, void (*operation)(void));

/* ---- chapters --------------------------------------------------------------- */

void tour_ring(void);
void tour_sensitive(void);
void tour_space(void);
void tour_interrupts(void);
void tour_hidden(void);
void tour_frequent(void);
void tour_tables(void);
void tour_devices(void);

/* ---- what the environments provide -------------------------------------------- */

/* Selectors of code and data of whoever runs in ring 0: this kernel, or Xen. */
extern const unsigned tour_ring0_code, tour_ring0_data;

/* Whether an interrupt waits for being unmasked. */
bool tour_is_pending(void);

/* What chapter 2 does with segments: a line for each, and far jumps to such a selector; false if it trapped. */
void tour_selectors(void);
bool tour_far_call(unsigned selector);
bool tour_far_jump(unsigned selector);
bool tour_far_return(unsigned selector);

/* Whom chapter 3 looks for, ended by one without a name; the first is Xen's, and readable if there is Xen. */
extern const struct tour_place {
	vaddr_t address;
	const char *name, *what;
} tour_places[];
extern const char tour_places_where[];

/* What else there is for these chapters. */
void tour_frequent_here(void);
void tour_tables_here(void);
void tour_devices_here(void);

#endif
