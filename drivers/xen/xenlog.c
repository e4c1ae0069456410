/*
 * xenlog.c - the kernel log on Xen's own console (`xl dmesg`), option xenlog.
 *
 * Release builds of Xen drop what an unprivileged domain says there; debug
 * builds show it, which helps where the domain's own console is what is broken.
 */
#include <drivers/xen/hypercall.h>
#include <drivers/xen/xenlog.h>
#include <kernel/log.h>
#include <kernel/option.h>
#include <xen/xen.h>

static bool is_wanted;
OPTION_FLAG(xenlog, "xenlog", is_wanted, "log to Xen's own console as well (debug builds of Xen)");

static void xenlog_write(struct log_sink *sink, const char *text, size_t len, enum log_form form)
{
	xen_console_io(CONSOLEIO_write, (unsigned)len, (char *)text);
}

void xenlog_init(void)
{
	static struct log_sink sink = { .write = xenlog_write };

	if (is_wanted) {
		log_sink_add(&sink);
	}
}
