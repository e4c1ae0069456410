/* linux/random.h - flags of getrandom(2). */
#ifndef ABI_LINUX_RANDOM_H
#define ABI_LINUX_RANDOM_H

#define GRND_NONBLOCK 1
#define GRND_RANDOM   2
#define GRND_INSECURE 4

#endif
