/* host.h - ends of the host process that are nobody's test result. */
#ifndef FAKE_HOST_H
#define FAKE_HOST_H

/* The test environment itself is broken (no memory, no mappings): says so and exits with 3. */
void host_die(const char *what) __attribute__((noreturn));

#endif
