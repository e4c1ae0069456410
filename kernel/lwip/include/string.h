/* string.h - what lwIP includes by this name. */
#include <kernel/string.h>
