/* shim.c - the kernel's part of the stand-ins, see shim.h. */
#include "shim.h"

#include <arch/clock.h>
#include <drivers/xen/evtchn.h>
#include <drivers/xen/platform.h>
#include <kernel/heap.h>
#include <kernel/log.h>
#include <kernel/panic.h>
#include <kernel/string.h>
#include <kernel/thread.h>

struct cpu cpu_boot;
struct cpu *const fake_cpu = &cpu_boot;
struct xen_platform xen_platform;

bool (*shim_on_wait)(void);

static const uint8_t *input;
static size_t input_len;
static nsec_t now;

void input_set(const uint8_t *data, size_t size)
{
	input = data;
	input_len = size;
}

size_t input_left(void)
{
	return input_len;
}

void input_bytes(void *to, size_t len)
{
	size_t n = MIN(len, input_len);

	memset(to, 0, len);
	memcpy(to, input, n);
	input += n;
	input_len -= n;
}

uint8_t input_u8(void)
{
	uint8_t v;

	input_bytes(&v, sizeof(v));
	return v;
}

uint32_t input_u32(void)
{
	uint32_t v;

	input_bytes(&v, sizeof(v));
	return v;
}

void finding(const char *what)
{
	host_abort(what);
}

void panic(const char *fmt, ...)
{
	char text[200];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(text, sizeof(text), fmt, args);
	va_end(args);
	host_abort(text);
}

/* Formatted, so that a bad format or argument shows. */
void log_line(enum log_level level, const char *fmt, ...)
{
	char text[512];
	va_list args;

	va_start(args, fmt);
	fmt_vprint(text, sizeof(text), fmt, args);
	va_end(args);
}

void log_print(const char *fmt, ...)
{
}

void log_sink_add(struct log_sink *sink)
{
}

const char *symbol_name(vaddr_t addr, unsigned long *offset)
{
	return NULL;
}

/* ---- time, waiting, locks ----------------------------------------------------- */

nsec_t clock_now(void)
{
	now += NSEC_PER_MSEC;
	return now;
}

void port_upcall_take(void)
{
	fake_vcpu_info()[0] = 0;
}

void fake_relax(void)
{
}

void preempt_make_up(void)
{
}

void spin_lock(struct spinlock *lock)
{
}

void spin_unlock(struct spinlock *lock)
{
}

irq_state_t spin_lock_irqsave(struct spinlock *lock)
{
	return irq_save();
}

void spin_unlock_irqrestore(struct spinlock *lock, irq_state_t state)
{
	irq_restore(state);
}

void mutex_lock(struct mutex *m)
{
}

void mutex_unlock(struct mutex *m)
{
}

void wait_queue_init(struct wait_queue *q)
{
}

void wait_wake_one(struct wait_queue *q)
{
}

void wait_wake_all(struct wait_queue *q)
{
}

void wait_prepare(struct wait_queue *q)
{
}

void wait_finish(struct wait_queue *q)
{
}

bool wait_block(struct wait_queue *q, nsec_t deadline)
{
	return shim_on_wait && shim_on_wait();
}

int thread_create(struct thread **thread, const char *name, void (*entry)(void *), void *arg)
{
	return 0;
}

/* ---- memory --------------------------------------------------------------------- */

void *heap_alloc(size_t size)
{
	return size ? host_alloc(size) : NULL;
}

void *heap_alloc_unfilled(size_t size)
{
	return heap_alloc(size);
}

void heap_free(void *p)
{
	host_free(p);
}

/* ---- event channels ---------------------------------------------------------------- */

int evtchn_adopt(evtchn_port_t port, struct evtchn_handler handler)
{
	return 0;
}

__attribute__((weak)) int evtchn_send(evtchn_port_t port)
{
	return 0;
}

void evtchn_unmask(evtchn_port_t port)
{
}
