/* Threads of newlib: creation, joining, detaching, mutexes, conditions, once, keys, barriers. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS	2000

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static unsigned long counter;
static int stage;
static __thread int own = 7;

static void *count(void *argument)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&lock);
		counter++;
		pthread_mutex_unlock(&lock);
		free(malloc((size_t)(i % 100) + 1));
	}
	own += (int)(long)argument;
	return (void *)(long)own;
}

static void many(void)
{
	pthread_t threads[THREADS];
	void *result;
	long sum = 0;

	for (long i = 0; i < THREADS; i++) {
		if (pthread_create(&threads[i], NULL, count, (void *)i)) {
			printf("no thread %ld\n", i);
		}
	}
	for (int i = 0; i < THREADS; i++) {
		pthread_join(threads[i], &result);
		sum += (long)result;
	}
	printf("counted to %lu, results %ld, my own variable %d\n", counter, sum, own);
}

static void *answer(void *argument)
{
	pthread_mutex_lock(&lock);
	while (stage != 1) {
		pthread_cond_wait(&changed, &lock);
	}
	stage = 2;
	pthread_cond_broadcast(&changed);
	pthread_mutex_unlock(&lock);
	errno = 99;
	return NULL;
}

static void conditions(void)
{
	struct timespec past = { 1, 0 };
	pthread_t thread;

	errno = 5;
	pthread_create(&thread, NULL, answer, NULL);
	pthread_mutex_lock(&lock);
	stage = 1;
	pthread_cond_signal(&changed);
	while (stage != 2) {
		pthread_cond_wait(&changed, &lock);
	}
	printf("answered; timed wait: %s\n",
		strerror(pthread_cond_timedwait(&changed, &lock, &past)));
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	printf("errno is mine: %d\n", errno);
}

static void *try_lock(void *mutex)
{
	return (void *)(long)pthread_mutex_trylock(mutex);
}

static void kinds(void)
{
	pthread_mutex_t mutex;
	pthread_mutexattr_t attr;
	pthread_t thread;
	void *result;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutex_init(&mutex, &attr);
	printf("errorcheck: unlock %d", pthread_mutex_unlock(&mutex));
	printf(", lock %d", pthread_mutex_lock(&mutex));
	printf(", again %s\n", strerror(pthread_mutex_lock(&mutex)));
	pthread_create(&thread, NULL, try_lock, &mutex);
	pthread_join(thread, &result);
	printf("another thread: %s\n", strerror((int)(long)result));
	pthread_mutex_unlock(&mutex);

	pthread_mutexattr_settype(&attr, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&mutex, &attr);
	printf("recursive: %d", pthread_mutex_lock(&mutex));
	printf(" %d", pthread_mutex_lock(&mutex));
	printf(" %d", pthread_mutex_unlock(&mutex));
	printf(" %d", pthread_mutex_unlock(&mutex));
	printf(" %s\n", strerror(pthread_mutex_unlock(&mutex)));
}

static pthread_once_t once = PTHREAD_ONCE_INIT;
static pthread_key_t key;
static int destroyed;

static void first(void)
{
	printf("once\n");
}

static void destroy(void *value)
{
	__atomic_fetch_add(&destroyed, (int)(long)value, __ATOMIC_RELAXED);
}

static pthread_barrier_t barrier;

static void *with_key(void *value)
{
	pthread_once(&once, first);
	pthread_setspecific(key, value);
	return (void *)(long)(pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD);
}

static void keys(void)
{
	pthread_t threads[3];
	long serial = 0;
	void *result;

	pthread_key_create(&key, destroy);
	pthread_barrier_init(&barrier, NULL, 3);
	for (long i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, with_key, (void *)(i + 1));
	}
	for (int i = 0; i < 3; i++) {
		pthread_join(threads[i], &result);
		serial += (long)result;
	}
	printf("destroyed %d, %ld of three was the last, mine %p\n", destroyed, serial,
		pthread_getspecific(key));
}

static void *say(void *text)
{
	for (int i = 0; i < 3; i++) {
		printf("%s\n", (const char *)text);
	}
	pthread_mutex_lock(&lock);
	stage = 3;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void detached(void)
{
	pthread_attr_t attr;
	pthread_t thread;

	pthread_attr_init(&attr);
	pthread_attr_setdetachstate(&attr, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attr, 64 * 1024);
	pthread_create(&thread, &attr, say, (void *)"from a detached one");
	pthread_mutex_lock(&lock);
	while (stage != 3) {
		pthread_cond_wait(&changed, &lock);
	}
	pthread_mutex_unlock(&lock);
	printf("join oneself: %s\n", strerror(pthread_join(pthread_self(), NULL)));
}

static pthread_t volatile caught_by;

static void caught(int signal)
{
	caught_by = pthread_self();
}

static void *wait_signal(void *unused)
{
	while (!caught_by) {
		usleep(1000);
	}
	return NULL;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = caught };
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, wait_signal, NULL);
	while (!caught_by) {
		pthread_kill(thread, SIGUSR1);
		usleep(1000);
	}
	pthread_join(thread, NULL);
	printf("caught by the thread it was sent to: %d\n", caught_by == thread);
}

static void *last(void *unused)
{
	sleep(0);
	printf("the last thread ends the process\n");
	return NULL;
}

int main(void)
{
	pthread_t thread;

	many();
	conditions();
	kinds();
	keys();
	detached();
	signals();
	pthread_create(&thread, NULL, last, NULL);
	pthread_exit(NULL);
}
