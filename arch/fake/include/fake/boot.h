/* fake/boot.h - starting the kernel under test, wholly or as far as a test needs it. */
#ifndef FAKE_BOOT_H
#define FAKE_BOOT_H

#include <fake/model.h>

/*
 * Make a machine and fill boot_info and xen_platform from it, as the entry code
 * of a real port does up to its call of kernel_main(). Interrupts are masked.
 */
void fake_machine_make(const struct model_options *options, const char *command_line);

/* Continue on the boot stack: run(arg) there, and back. */
void fake_on_boot_stack(void (*run)(void *arg), void *arg);

/* Run kernel_main() on the boot stack; the machine's end is fake_shutdown(). */
void fake_kernel_run(void) __attribute__((noreturn));

#endif
