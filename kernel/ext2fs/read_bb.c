/* libext2fs: see solo.h. */
#include "solo.h"
#include <e2fsprogs/lib/ext2fs/read_bb.c>
