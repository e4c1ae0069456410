/* width/types.h (i386) - a number of 64 bits, by the type that Linux's interface has for it. */
#ifndef WIDTH_TYPES_H
#define WIDTH_TYPES_H

typedef long long __wide_signed_t;
typedef unsigned long long __wide_t;

#endif
