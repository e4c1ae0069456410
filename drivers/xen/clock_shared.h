/* clock_shared.h - one clock for all CPUs and for programs, where Xen's counter allows it. */
#ifndef CLOCK_SHARED_H
#define CLOCK_SHARED_H

#include "clock_sample.h"

/* Decide, and if so begin: the clock continues from what clock_now() says. Boot CPU, once. */
void clock_shared_init(void);

/* Decide once more, of another machine's counter: time continues from `now`. Interrupts masked, nobody changes the page. */
void clock_shared_resume(nsec_t now);

/* The time by the page; false where the page is not in use. Any context. */
bool clock_shared_now(nsec_t *now);

/* The wall clock at monotonic time 0 is now this. Any context. */
void clock_shared_wall(nsec_t wall);

/* Provided by clock.c: our time, by Xen's numbers alone, when the sample was taken. */
nsec_t clock_of_sample(const struct sample *s);

#endif
