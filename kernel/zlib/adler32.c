/* zlib: see solo.h. */
#include "solo.h"
#include <zlib/adler32.c>
