/* proc.h - /proc/net. */
#ifndef INET_PROC_H
#define INET_PROC_H

int net_proc_add(void) __attribute__((warn_unused_result));

#endif
