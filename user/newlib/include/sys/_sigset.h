/* sys/_sigset.h - a set of signals: signal n is bit n - 1, of 64. */
#ifndef _SYS__SIGSET_H_
#define _SYS__SIGSET_H_

#include <width/types.h>

typedef __wide_t __sigset_t;

#endif
