/* The C library itself: stdio, strings and numbers, mathematics, calendars, memory, jumps. */
#include "oracle.h"

#include <limits.h>
#include <math.h>
#include <setjmp.h>
#include <signal.h>
#include <time.h>

static void streams(void)
{
	char line[64];
	FILE *file = fopen("stream", "w+");

	TRY(fprintf(
		file, "%s %d %5.2f %-5s| %05x %c %%\n", "text", -42, 3.14159, "ab", 0xbeef, 'z'));
	TRY(fputs("second line\n", file));
	TRY(fseek(file, 0, SEEK_SET));
	while (fgets(line, sizeof(line), file)) {
		fputs(line, stdout);
	}
	TRY(feof(file) != 0);
	TRY(ftell(file));
	TRY(ungetc('u', file));
	TRY(fgetc(file));
	TRY(fclose(file));
	file = fopen("stream", "a");
	TRY(fwrite("appended", 1, 8, file));
	TRY(fclose(file));
	file_show("stream");
	TRY(fopen("nothing", "r") == NULL);
	TRY(fopen("stream", "wx") == NULL);
	file = fopen("stream", "r");
	TRY(fputc('x', file));
	TRY(ferror(file) != 0);
	fclose(file);
	TRY(snprintf(line, 5, "%s", strerror(ENOENT)));
	printf("%s\n", line);
	TRY(remove("stream"));
}

static void scanned(void)
{
	char word[16];
	int a, b;
	double d;
	long long big;

	TRY(sscanf("12 0x1f word 2.5e3", "%d %i %15s %lf", &a, &b, word, &d));
	printf("%d %d %s %g\n", a, b, word, d);
	TRY(sscanf("9223372036854775807", "%lld", &big));
	printf("%lld %zu %hhd %ju\n", big, sizeof(big), (signed char)-3, (uintmax_t)7);
	TRY(strtol("99999999999999999999", NULL, 10) == LONG_MAX);
	TRY(strtol("-0x10", NULL, 0));
	TRY((long)(strtod("1e3x", NULL)));
	printf("%e %g %a %.0f %10.3Lf\n", 12345.678, 0.0001, 1.0, 2.5, 1.5L);
	printf("%f %f %f\n", INFINITY, -INFINITY, 0.1 + 0.2);
}

static void numbers(void)
{
	printf("%.15g %.15g %.15g %.15g\n", sqrt(2), sin(1), exp(1), log(10));
	printf("%.15g %.15g %.15g %.15g\n", pow(2, 0.5), atan2(1, 1), fmod(10, 3), cbrt(27));
	printf("%.15g %.15g %.15g\n", floor(-1.5), ceil(-1.5), round(2.5));
	printf("%d %d\n", isnan(sqrt(-1)), isinf(exp(1000)));
	printf("%.15g %.15g\n", tgamma(5), erf(0.5));
}

static void calendars(void)
{
	struct tm tm = { .tm_year = 100, .tm_mon = 1, .tm_mday = 29, .tm_hour = 12 };
	time_t t = 951825600, leap;
	char text[64];

	setenv("TZ", "UTC0", 1);
	tzset();
	leap = mktime(&tm);
	printf("%ld %d %d\n", (long)leap, tm.tm_wday, tm.tm_yday);
	strftime(text, sizeof(text), "%Y-%m-%d %H:%M:%S %a %b %j", gmtime(&t));
	printf("%s\n", text);
	printf("%s", asctime(gmtime(&t)));
	setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3", 1);
	tzset();
	t += 150 * 86400;
	strftime(text, sizeof(text), "%H:%M", localtime(&t));
	printf("%s\n", text);
}

static int compare(const void *a, const void *b)
{
	return *(const int *)a - *(const int *)b;
}

/* The compiler shall not see that. */
static volatile size_t too_much = ~(size_t)0 / 16 * 15;

static void memory(void)
{
	static char *blocks[1000];
	unsigned int seed = 1, bad = 0;
	int list[] = { 5, 3, 9, 1, 7 }, key = 7;

	for (int round = 0; round < 20000; round++) {
		seed = seed * 1103515245u + 12345u;
		unsigned int i = (seed >> 8) % 1000;
		size_t size = (seed >> 4) % 3000 + 1;

		if (blocks[i]) {
			bad += blocks[i][0] != (char)i;
			free(blocks[i]);
			blocks[i] = NULL;
		} else {
			blocks[i] = malloc(size);
			memset(blocks[i], (int)i, size);
		}
	}
	printf("%u bad\n", bad);
	blocks[0] = realloc(blocks[0], 1 << 20);
	TRY(blocks[0] != NULL);
	TRY(malloc(too_much) == NULL);
	qsort(list, 5, sizeof(int), compare);
	printf("%d %d %d %d %d\n", list[0], list[1], list[2], list[3], list[4]);
	TRY((int *)bsearch(&key, list, 5, sizeof(int), compare) - list);
}

static jmp_buf back;

static void on_signal(int signal)
{
	longjmp(back, signal);
}

static void at_end(void)
{
	printf("at the end\n");
}

static void leaves(void)
{
	atexit(at_end);
	exit(3);
}

static void strings(void)
{
	char text[] = "a,b;c", *rest, *word = strtok_r(text, ",;", &rest);

	while (word) {
		printf("%s ", word);
		word = strtok_r(NULL, ",;", &rest);
	}
	printf("%s %s %d\n", strstr("haystack", "st"), strrchr("a/b/c", '/'), strcmp("a", "b") < 0);
	printf("%s, %s, %s\n", strerror(ENOENT), strerror(ENOSYS), strerror(9999));
	TRY(setenv("A", "1", 1));
	TRY(setenv("A", "2", 0));
	printf("%s\n", getenv("A"));
	TRY(unsetenv("A"));
	TRY(getenv("A") == NULL);
}

int main(void)
{
	streams();
	scanned();
	numbers();
	calendars();
	memory();
	strings();
	signal(SIGUSR1, on_signal);
	if (!setjmp(back)) {
		raise(SIGUSR1);
	}
	printf("jumped out of a handler\n");
	in_child("leaves", leaves);
	TRY(system("exit 4") >> 8);
	return 0;
}
