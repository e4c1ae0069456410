/* zlib: see solo.h. */
#include "solo.h"
#include <zlib/inflate.c>
