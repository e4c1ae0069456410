/* tables.c - the rows of the bench program. */
#include "bench.h"

const struct row *const row_tables[] = { rows_calls, rows_processes, rows_memory, rows_pipes,
	rows_switches, NULL };
