/* explain.c (pvh64) - nothing to add: page tables are the CPU's business here, Xen refuses none. */
#include <drivers/xen/batch.h>

void port_explain_refusal(const struct mmuext_op *op)
{
}
