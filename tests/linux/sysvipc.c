/*
 * sysvipc.c - /proc/sysvipc has a line for each of System V's objects, and the line what IPC_STAT tells.
 *
 * Ids, keys, processes and times are not the same everywhere: of these it prints whether they are right.
 */
#define _GNU_SOURCE
#include <stdio.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/sem.h>
#include <sys/shm.h>
#include <time.h>
#include <unistd.h>

#define FIELDS 20

/* Of the line whose second field is the id: how many fields there are. */
static int line_find(const char *path, int id, long long fields[FIELDS], int *width)
{
	char line[400];
	FILE *file = fopen(path, "r");
	int count = 0;

	if (!file || !fgets(line, sizeof(line), file)) {
		printf("%s: not there\n", path);
		return 0;
	}
	printf("%s: %s", path, line);
	while (!count && fgets(line, sizeof(line), file)) {
		const char *rest = line;

		for (int len; count < FIELDS && sscanf(rest, "%lld%n", &fields[count], &len) == 1;
			count++) {
			rest += len;
		}
		if (count < 2 || fields[1] != id) {
			count = 0;
		} else {
			*width = (int)strlen(line);
		}
	}
	fclose(file);
	return count;
}

static int is_now(long long t)
{
	return t > time(NULL) - 60 && t <= time(NULL) + 1;
}

static void show(const char *path, int id, int key, const char *kinds)
{
	long long fields[FIELDS];
	int width = 0, count = line_find(path, id, fields, &width);

	printf("%d fields in %d characters\n", count, width);
	for (int i = 0; i < count && kinds[i]; i++) {
		switch (kinds[i]) {
		case 'k':
			printf("key %d\n", fields[i] == key);
			break;
		case 'p':
			printf("process %d\n", fields[i] == getpid());
			break;
		case 't':
			printf("now %d\n", is_now(fields[i]));
			break;
		case '-':
			break;
		default:
			printf("%c %lld\n", kinds[i], fields[i]);
		}
	}
}

int main(void)
{
	struct {
		long type;
		char text[10];
	} message = { 1, "hello" };
	struct sembuf up = { 1, 1, 0 };
	int key = 0x5a000000 | (getpid() & 0xffff);
	int msg = msgget(key, IPC_CREAT | 0640), sem = semget(key, 3, IPC_CREAT | 0604),
	    shm = shmget(key, 5000, IPC_CREAT | 0600);
	void *at;

	msgsnd(msg, &message, 5, 0);
	show("/proc/sysvipc/msg", msg, key, "k-mbcp-ugxyt-t");
	msgrcv(msg, &message, 10, 0, 0);
	show("/proc/sysvipc/msg", msg, key, "k-mbcppugxyttt");
	show("/proc/sysvipc/sem", sem, key, "k-mnugxyzt");
	semop(sem, &up, 1);
	show("/proc/sysvipc/sem", sem, key, "k-mnugxytt");
	show("/proc/sysvipc/shm", shm, key, "k-mspzaugxyzzt-s");
	at = shmat(shm, NULL, 0);
	show("/proc/sysvipc/shm", shm, key, "k-msppaugxytzt-s");
	shmctl(shm, IPC_RMID, NULL);
	show("/proc/sysvipc/shm", shm, 0, "k-msppaugxytzt-s");
	shmdt(at);
	msgctl(msg, IPC_RMID, NULL);
	semctl(sem, 0, IPC_RMID);
	printf("removed: ");
	show("/proc/sysvipc/shm", shm, key, "");
	return 0;
}
