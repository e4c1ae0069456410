/* linux/mqueue.h - POSIX message queues: attributes and limits (mq_overview(7)). */
#ifndef ABI_LINUX_MQUEUE_H
#define ABI_LINUX_MQUEUE_H

#define MQ_PRIO_MAX 32768u

/* What a queue is made with if nothing is said, and what may be asked for: by anybody, and by root. */
#define MQ_MESSAGES_DEFAULT 10
#define MQ_SIZE_DEFAULT	    8192
#define MQ_MESSAGES_MOST    10
#define MQ_SIZE_MOST	    8192
#define MQ_MESSAGES_HARD    65536
#define MQ_SIZE_HARD	    (16 << 20)
#define MQ_QUEUES_MOST	    256u
#define MQ_BYTES_DEFAULT    819200u /* RLIMIT_MSGQUEUE */

struct linux_mq_attr {
	long flags, messages_max, size_max, messages;
	long reserved[4];
};

#endif
