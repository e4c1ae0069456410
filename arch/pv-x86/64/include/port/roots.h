/* port/roots.h (pv64) - see roots.h. */
#ifndef PORT_ROOTS_H
#define PORT_ROOTS_H

/* Loading a space takes two operations: for each root one. */
#define PT_LOAD_OPS 2

#endif
