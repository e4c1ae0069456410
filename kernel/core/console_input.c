/*
 * console_input.c - bytes typed at the console, between the driver's interrupt and the monitor.
 *
 * What comes while the buffer is full is dropped: a terminal has no better answer.
 */
#include <kernel/errno.h>
#include <kernel/monitor.h>
#include <kernel/thread.h>

#define BUFFER_SIZE 1024u

static struct spinlock input_lock = SPINLOCK_INIT("console input");
static char buffer[BUFFER_SIZE];
static unsigned head, tail; /* written and read so far, modulo 2^32 */

static struct wait_queue readers = WAIT_QUEUE_INIT(readers);

void console_input_push(const char *bytes, size_t len)
{
	irq_state_t irq = spin_lock_irqsave(&input_lock);

	for (; len > 0 && head - tail < BUFFER_SIZE; len--) {
		buffer[head++ % BUFFER_SIZE] = *bytes++;
	}
	spin_unlock_irqrestore(&input_lock, irq);
	wait_wake_one(&readers);
}

/* The next byte, or -EAGAIN. */
static int input_take(void)
{
	irq_state_t irq = spin_lock_irqsave(&input_lock);
	int byte = head == tail ? -EAGAIN : (unsigned char)buffer[tail++ % BUFFER_SIZE];

	spin_unlock_irqrestore(&input_lock, irq);
	return byte;
}

int console_input_read(nsec_t deadline)
{
	int byte;

	if (!wait_until(&readers, (byte = input_take()) >= 0, deadline)) {
		return -ETIMEDOUT;
	}
	return byte;
}
