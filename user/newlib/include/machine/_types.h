/*
 * machine/_types.h - the types that newlib leaves to the machine, as wide as Linux
 * has them; what counts bytes of files has 64 bits everywhere.
 */
#ifndef _MACHINE__TYPES_H
#define _MACHINE__TYPES_H

#include <machine/_default_types.h>
#include <width/types.h>

/* Times are words: those of the calls that have no `time64` in their names. */
#define _USE_LONG_TIME_T

#define __machine_dev_t_defined
typedef __wide_t __dev_t;

#define __machine_ino_t_defined
typedef __wide_t __ino_t;

#define __machine_off_t_defined
typedef __wide_signed_t _off_t;

#define __machine_fpos_t_defined
typedef __wide_signed_t _fpos_t;

#define __machine_uid_t_defined
typedef unsigned int __uid_t;

#define __machine_gid_t_defined
typedef unsigned int __gid_t;

#define __machine_fsfilcnt_t_defined
typedef unsigned long __fsfilcnt_t;

#define __machine_clock_t_defined
#define _CLOCK_T_ long

#define __machine_clockid_t_defined
#define _CLOCKID_T_ int

#endif
