/* config.h - what configure would find out about this "system". */
#ifndef EXT2FS_CONFIG_H
#define EXT2FS_CONFIG_H

#define HAVE_STDLIB_H	  1
#define HAVE_STRING_H	  1
#define HAVE_UNISTD_H	  1
#define HAVE_ERRNO_H	  1
#define HAVE_SYS_TYPES_H  1
#define HAVE_INTTYPES_H	  1
#define SIZEOF_SHORT	  2
#define SIZEOF_INT	  4
#define SIZEOF_LONG	  __SIZEOF_LONG__
#define SIZEOF_LONG_LONG  8
#define SIZEOF_OFF_T	  8
#define SIZEOF_TIME_T	  8
#define NO_INLINE_FUNCS	  1
#define DISABLE_BACKTRACE 1

#endif
