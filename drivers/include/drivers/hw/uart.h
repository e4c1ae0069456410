/*
 * drivers/hw/uart.h - a 16550 serial port as the console.
 */
#ifndef DRIVERS_HW_UART_H
#define DRIVERS_HW_UART_H

#include <kernel/types.h>

/* Set up the port at `base`, 115200 8N1, and make it a log sink. False when no 16550 answers there. */
bool uart_console_init(uint16_t base);

/* Have received bytes raise the interrupt. The caller has routed it. */
void uart_input_enable(void);

/* The interrupt: hand what was received to console_input_push(). */
void uart_interrupt(void);

#endif
