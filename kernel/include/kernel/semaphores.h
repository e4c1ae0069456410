/* semaphores.h - System V semaphores (kernel/sys/sem.c): what the end of a process means for them. */
#ifndef KERNEL_SEMAPHORES_H
#define KERNEL_SEMAPHORES_H

struct process;

/* Take back what its SEM_UNDO operations did. Threads; no lock held. */
void semaphores_process_end(struct process *process);

#endif
