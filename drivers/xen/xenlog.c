/*
 * xenlog.c - the kernel log on Xen's own console (`xl dmesg`): option xenlog, and when the domain's own console is
 * broken.
 *
 * Release builds of Xen refuse what an unprivileged domain says there, and are not asked again; debug builds show it.
 */
#include <drivers/xen/hypercall.h>
#include <drivers/xen/xenlog.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <xen/xen.h>

static bool is_wanted;
OPTION_FLAG(xenlog, "xenlog", is_wanted, "log to Xen's own console as well (debug builds of Xen)");

static bool is_begun, is_refused;

static void xenlog_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	if (!is_refused) {
		is_refused = xen_console_io(CONSOLEIO_write, (unsigned)len, (char *)text) < 0;
	}
}

void xenlog_begin(void)
{
	static struct log_sink sink = { .write = xenlog_write };

	if (!is_begun) {
		is_begun = true;
		log_sink_add(&sink);
	}
}

void xenlog_init(void)
{
	if (is_wanted) {
		xenlog_begin();
	}
}
