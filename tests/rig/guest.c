/*
 * A paravirtualized guest of the smallest kind, to test the rig with: it has no page tables, no
 * traps and no interrupts of its own, and polls its console.
 *
 * Each word of its command line is something to do, in order:
 *
 *   verdict=N   print "verdict: N"
 *   lines=N     print N numbered lines
 *   echo        read a line, print it
 *   hang        do nothing, for ever
 *   crash       execute an undefined instruction, which Xen takes as the guest's end
 *   reboot      shut down, asking for a reboot
 *
 * and at the end of it the guest powers off. As a domU it writes to its console ring (Xen
 * public/io/console.h), as Xen's first domain to Xen's own console.
 */
/* The newest calls, not those of Xen 3.0 that go by the same names. */
#define __XEN_INTERFACE_VERSION__ __XEN_LATEST_INTERFACE_VERSION__

#include <stdint.h>
#include <stddef.h>

#include <xen/xen.h>
#include <xen/elfnote.h>
#include <xen/event_channel.h>
#include <xen/sched.h>
#include <xen/io/console.h>

#define PAGE_SHIFT 12

static const start_info_t *start_info;
static struct xencons_interface *ring;

static long hypercall(unsigned long number, unsigned long a, unsigned long b, unsigned long c)
{
	long result;
	register unsigned long arg3 asm("rdx") = c;

	asm volatile("syscall"
		     : "=a"(result), "+D"(a), "+S"(b), "+r"(arg3)
		     : "a"(number)
		     : "rcx", "r11", "r10", "r8", "r9", "memory");
	return result;
}

static size_t length(const char *text)
{
	size_t len = 0;

	while (text[len]) {
		len++;
	}
	return len;
}

static void notify_console(void)
{
	struct evtchn_send send = { .port = start_info->console.domU.evtchn };

	hypercall(__HYPERVISOR_event_channel_op, EVTCHNOP_send, (unsigned long)&send, 0);
}

static void ring_put(char c)
{
	while (ring->out_prod - *(volatile XENCONS_RING_IDX *)&ring->out_cons >=
		sizeof(ring->out)) {
		notify_console();
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
	}
	ring->out[MASK_XENCONS_IDX(ring->out_prod, ring->out)] = c;
	asm volatile("" ::: "memory");
	ring->out_prod++;
}

static char ring_get(void)
{
	char c;

	while (*(volatile XENCONS_RING_IDX *)&ring->in_prod == ring->in_cons) {
		hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
	}
	c = ring->in[MASK_XENCONS_IDX(ring->in_cons, ring->in)];
	ring->in_cons++;
	return c;
}

static void print(const char *text)
{
	size_t len = length(text);

	if (!ring) {
		hypercall(__HYPERVISOR_console_io, CONSOLEIO_write, len, (unsigned long)text);
		return;
	}
	for (size_t i = 0; i < len; i++) {
		ring_put(text[i]);
	}
	notify_console();
}

static void print_number(unsigned long value)
{
	char digits[24];
	size_t at = sizeof(digits) - 1;

	digits[at] = '\0';
	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
	} while (value);
	print(digits + at);
}

static void echo(void)
{
	char line[2] = "";

	print("say: ");
	do {
		line[0] = ring_get();
		print(line[0] == '\r' ? "\n" : line);
	} while (line[0] != '\n' && line[0] != '\r');
}

static void shut_down(unsigned int reason)
{
	struct sched_shutdown shutdown = { .reason = reason };

	hypercall(__HYPERVISOR_sched_op, SCHEDOP_shutdown, (unsigned long)&shutdown, 0);
}

/* If `text` begins with `name`: what comes after it, else NULL. */
static const char *after(const char *text, const char *name)
{
	while (*name) {
		if (*text++ != *name++) {
			return NULL;
		}
	}
	return text;
}

static unsigned long number(const char *text)
{
	unsigned long value = 0;

	while (*text >= '0' && *text <= '9') {
		value = value * 10 + (unsigned long)(*text++ - '0');
	}
	return value;
}

static void do_word(const char *word)
{
	const char *value;

	if ((value = after(word, "verdict="))) {
		print("verdict: ");
		print_number(number(value));
		print("\n");
	} else if ((value = after(word, "lines="))) {
		for (unsigned long i = 1, count = number(value); i <= count; i++) {
			print("line ");
			print_number(i);
			print("\n");
		}
	} else if (after(word, "echo")) {
		echo();
	} else if (after(word, "hang")) {
		for (;;) {
			hypercall(__HYPERVISOR_sched_op, SCHEDOP_yield, 0, 0);
		}
	} else if (after(word, "crash")) {
		asm volatile("ud2");
	} else if (after(word, "reboot")) {
		shut_down(SHUTDOWN_reboot);
	}
}

void guest_main(const start_info_t *info)
{
	const char *word = (const char *)info->cmd_line;

	start_info = info;
	if (!(info->flags & SIF_INITDOMAIN)) {
		/* The ring's page is one of those mapped from address 0 on. */
		ring = (void *)(machine_to_phys_mapping[info->console.domU.mfn] << PAGE_SHIFT);
	}
	print("the guest is up\n");
	while (*word) {
		do_word(word);
		while (*word && *word != ' ') {
			word++;
		}
		while (*word == ' ') {
			word++;
		}
	}
	shut_down(SHUTDOWN_poweroff);
}

asm(".pushsection .text.start, \"ax\"\n"
    ".globl _start\n"
    "_start:\n"
    "	lea stack_top(%rip), %rsp\n"
    "	mov %rsi, %rdi\n"
    "	call guest_main\n"
    "	ud2\n"
    ".popsection\n"
    ".pushsection .bss\n"
    ".balign 4096\n"
    "	.skip 16384\n"
    "stack_top:\n"
    ".popsection\n");

#define STRING_(x) #x
#define STRING(x)  STRING_(x)
#define NOTE(type, content)                                                                        \
	".balign 4\n"                                                                              \
	".long 4, 2f - 1f, " STRING(type) "\n"                                                     \
					  ".asciz \"Xen\"\n"                                       \
					  "1:	" content "\n"                                     \
					  "2:	.balign 4\n"

asm(".pushsection .note.Xen, \"a\", @note\n" NOTE(XEN_ELFNOTE_GUEST_OS, ".asciz \"rig test\"")
		NOTE(XEN_ELFNOTE_XEN_VERSION, ".asciz \"xen-3.0\"") NOTE(XEN_ELFNOTE_LOADER,
			".asciz \"generic\"") NOTE(XEN_ELFNOTE_VIRT_BASE, ".quad 0")
			NOTE(XEN_ELFNOTE_ENTRY, ".quad _start") NOTE(XEN_ELFNOTE_FEATURES,
				".asciz \"pae_pgdir_above_4gb\"") ".popsection\n");
