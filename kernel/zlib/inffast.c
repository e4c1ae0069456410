/* zlib: see solo.h. */
#include "solo.h"
#include <zlib/inffast.c>
