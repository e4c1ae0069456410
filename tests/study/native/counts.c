/* counts.c - no hypervisor, no calls to count. */
#include "../study.h"

void study_counts_begin(void)
{
}

void study_counts_end(void)
{
}

void study_counts_print(void)
{
}
