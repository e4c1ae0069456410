/* zlib: see solo.h. */
#include "solo.h"
#include <zlib/crc32.c>
