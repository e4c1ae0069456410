/* report.c - what this kernel is, on what it runs, and what booting cost. */
#include <arch/boot.h>
#include <arch/clock.h>
#include <arch/cpu.h>
#include <kernel/cpu.h>
#include <kernel/log.h>
#include <kernel/page.h>
#include <kernel/report.h>

#define VERSION "0.1"

/* Where the linker put what (kernel.lds). */
extern const char text_start[], text_end[], rodata_start[], rodata_end[], data_start[];
extern const char bss_start[], bss_end[];

static nsec_t boot_time;
static struct page_stats boot_stats;

/* GCC's version string is only numbers. */
static const char *compiler_prefix(void)
{
	return __VERSION__[0] >= '0' && __VERSION__[0] <= '9' ? "gcc " : "";
}

void report_banner(void)
{
	log_info("paravane " VERSION " (%s, %s" __VERSION__ ", %u CPUs at most%s%s%s)",
		boot_info.port, compiler_prefix(), CONFIG_NR_CPUS,
		IS_ENABLED(CONFIG_HYPERCALL_PAGE) ? ", hypercall page" : "",
		IS_ENABLED(CONFIG_KTEST) ? ", tests" : "",
		IS_ENABLED(CONFIG_DEBUG_ASSERTS) ? ", debug asserts" : "");
	log_info("command line: %s", boot_info.command_line);
}

void report_machine(void)
{
	char text[96];

	cpu_describe();
	log_info("cpu: %u of %u in use", cpu_count, boot_info.cpus_present);
	port_describe();
	log_info("clock: %s", clock_describe(text, sizeof(text)));
}

static void boot_print(void)
{
	size_t text = (size_t)(text_end - text_start);
	size_t rodata = (size_t)(rodata_end - rodata_start);
	size_t data = (size_t)(bss_start - data_start);
	size_t bss = (size_t)(bss_end - bss_start);
	unsigned long used = boot_stats.total - boot_stats.free;

	log_info("boot: ready %lu ns after the first instruction", (unsigned long)boot_time);
	log_info("boot: image %zu bytes: text %zu, rodata %zu, data %zu, bss %zu",
		text + rodata + data + bss, text, rodata, data, bss);
	log_info("boot: memory %lu KiB used, %lu KiB free", used * (PAGE_SIZE / 1024),
		boot_stats.free * (PAGE_SIZE / 1024));
}

void report_boot(void)
{
	boot_time = clock_now() - boot_info.first_instruction;
	page_stats_get(&boot_stats);
	boot_print();
}

void report_all(void)
{
	report_banner();
	report_machine();
	page_describe();
	boot_print();
}
