/* port/roots.h (pv32) - see roots.h. */
#ifndef PORT_ROOTS_H
#define PORT_ROOTS_H

/* Loading a space takes one operation. */
#define PT_LOAD_OPS 1

#endif
