/*
 * execs.c - executing what is no program: ELF files with every field bent and of every
 * wrong length, interpreters that are missing, directories or themselves, scripts in
 * circles, argument lists without end. A line says the error, or how the program ended.
 */
#include "hostile.h"
#include <elf.h>
#include <stddef.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#define PHDRS 6

/* A whole program: exit(7). */
struct file {
	elf_header header;
	elf_segment segments[PHDRS];
	uint8_t code[16];
	char interpreter[16];
	char rest[8192];
};

static struct file file;

static void file_reset(void)
{
	static const uint8_t code[] = { EXIT_7 };

	memset(&file, 0, sizeof(file));
	memcpy(file.header.e_ident, "\177ELF\0\1\1", 7);
	file.header.e_ident[EI_CLASS] = ELF_CLASS;
	file.header.e_type = ET_EXEC;
	file.header.e_machine = ELF_MACHINE;
	file.header.e_version = 1;
	file.header.e_entry = BASE + offsetof(struct file, code);
	file.header.e_phoff = offsetof(struct file, segments);
	file.header.e_ehsize = sizeof(file.header);
	file.header.e_phentsize = sizeof(elf_segment);
	file.header.e_phnum = 1;
	file.segments[0] = (elf_segment){ .p_type = PT_LOAD,
		.p_flags = PF_R | PF_X,
		.p_vaddr = BASE,
		.p_filesz = sizeof(file),
		.p_memsz = sizeof(file),
		.p_align = 4096 };
	memcpy(file.code, code, sizeof(code));
}

static void file_write(const char *name, const void *data, size_t len, int mode)
{
	int fd = open(name, O_CREAT | O_WRONLY | O_TRUNC, mode);

	if (fd < 0 || write(fd, data, len) != (ssize_t)len || close(fd) ||
		chmod(name, (mode_t)mode)) {
		perror(name);
	}
}

static void run(const char *what, const char *name, char *const argv[])
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (!pid) {
		struct rlimit no_core = { 0, 0 };

		setrlimit(RLIMIT_CORE, &no_core);
		execve(name, argv, (char *[]){ NULL });
		printf("%s: %s\n", what, strerrorname_np(errno));
		fflush(stdout);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status)) {
		printf("%s: ended by %s\n", what, signal_word(WTERMSIG(status)));
	} else if (WEXITSTATUS(status)) {
		printf("%s: exit status %d\n", what, WEXITSTATUS(status));
	}
}

static void run_file(const char *what)
{
	file_write("bent", &file, sizeof(file), 0755);
	run(what, "./bent", (char *[]){ "bent", NULL });
	file_reset();
}

#define BENT(field, number)                                                                        \
	do {                                                                                       \
		file.field = (number);                                                             \
		run_file(#field " = " #number);                                                    \
	} while (0)

static void headers(void)
{
	run_file("as it should be");
	BENT(header.e_ident[0], 0);
	BENT(header.e_ident[EI_CLASS], 3);
	BENT(header.e_type, ET_NONE);
	BENT(header.e_type, ET_REL);
	BENT(header.e_type, ET_CORE);
	BENT(header.e_type, 0xffff);
	BENT(header.e_machine, EM_NONE);
	BENT(header.e_machine, EM_AARCH64);
	BENT(header.e_phentsize, 0);
	BENT(header.e_phentsize, ELF_PHDR - 1);
	BENT(header.e_phentsize, ELF_PHDR + 1);
	BENT(header.e_phentsize, 0xffff);
	BENT(header.e_phnum, 0);
	BENT(header.e_phnum, 0xffff);
	BENT(header.e_phoff, 0);
	BENT(header.e_phoff, sizeof(file) - 8);
	BENT(header.e_phoff, sizeof(file) * 100);
	BENT(header.e_phoff, SIGNED_MAX);
	BENT(header.e_phoff, WORD_MAX);
	BENT(header.e_phoff, WORD_MAX - ELF_PHDR + 1);
	BENT(header.e_entry, 0);
	BENT(header.e_entry, BASE - 4096);
	BENT(header.e_entry, USER_LAST);
	BENT(header.e_entry, USER_END);
	BENT(header.e_entry, KERNEL);
	BENT(header.e_entry, WORD_MAX);
}

static void segments(void)
{
	BENT(segments[0].p_type, PT_NULL);
	BENT(segments[0].p_type, PT_NOTE);
	BENT(segments[0].p_flags, 0);
	BENT(segments[0].p_flags, PF_W);
	BENT(segments[0].p_flags, UINT32_MAX);
	BENT(segments[0].p_offset, 1);
	BENT(segments[0].p_offset, WORD_MAX);
	BENT(segments[0].p_offset, WORD_MAX - 4095);
	BENT(segments[0].p_vaddr, BASE + 1);
	BENT(segments[0].p_vaddr, USER_END - 4096);
	BENT(segments[0].p_vaddr, USER_END);
	BENT(segments[0].p_vaddr, KERNEL);
	BENT(segments[0].p_vaddr, WORD_MAX - 4095);
	BENT(segments[0].p_filesz, 0);
	BENT(segments[0].p_filesz, sizeof(file) + 1);
	BENT(segments[0].p_filesz, WORD_MAX);
	BENT(segments[0].p_memsz, 0);
	BENT(segments[0].p_memsz, sizeof(file) - 1);
	BENT(segments[0].p_memsz, USER_LAST - 4096);
	BENT(segments[0].p_memsz, USER_END);
	BENT(segments[0].p_memsz, HUGE_SIZE);
	BENT(segments[0].p_memsz, WORD_MAX);
	BENT(segments[0].p_memsz, WORD_MAX - 4095);
}

static void second_segment(const char *what, elf_word vaddr, elf_word filesz, elf_word memsz)
{
	file.header.e_phnum = 2;
	file.segments[1] = (elf_segment){ .p_type = PT_LOAD,
		.p_flags = PF_R | PF_W,
		.p_vaddr = vaddr,
		.p_filesz = filesz,
		.p_memsz = memsz,
		.p_align = 4096 };
	run_file(what);
}

static void more_segments(void)
{
	second_segment("second segment behind", BASE + 0x100000, 4096, 8192);
	second_segment("second segment at the end of user space", USER_LAST - 4096, 0, 4096);
	second_segment("second segment of the kernel", KERNEL, 0, 4096);
	second_segment("second segment without end", BASE + 0x100000, 0, WORD_MAX - BASE);
	second_segment("second segment too large", BASE + 0x100000, 0, TOO_LARGE);
	file.header.e_phnum = PHDRS;
	for (int i = 1; i < PHDRS; i++) {
		file.segments[i] = (elf_segment){ .p_type = 0x70000000u + (unsigned)i,
			.p_offset = WORD_MAX,
			.p_vaddr = WORD_MAX,
			.p_filesz = WORD_MAX,
			.p_memsz = WORD_MAX };
	}
	run_file("unknown segments with wild numbers");
}

static void with_interpreter(const char *what, const char *name, size_t len, elf_word offset)
{
	file.header.e_phnum = 2;
	file.segments[1] = file.segments[0];
	file.segments[0] = (elf_segment){ .p_type = PT_INTERP,
		.p_flags = PF_R,
		.p_offset = offset,
		.p_vaddr = BASE + offset,
		.p_filesz = len,
		.p_memsz = len,
		.p_align = 1 };
	strncpy(file.interpreter, name, sizeof(file.interpreter));
	run_file(what);
}

static void interpreters(void)
{
	const elf_word at = offsetof(struct file, interpreter);

	with_interpreter("interpreter that is not there", "nothing", 8, at);
	with_interpreter("interpreter that is a folder", "/", 2, at);
	with_interpreter("interpreter that is itself", "./bent", 7, at);
	with_interpreter("interpreter that is garbage", "./garbage", 10, at);
	with_interpreter("interpreter that is empty", "./empty", 8, at);
	with_interpreter("interpreter without a name", "", 1, at);
	with_interpreter("interpreter of no length", "", 0, at);
	with_interpreter("interpreter of one letter", "x", 1, at);
	with_interpreter("interpreter not ended", "0123456789abcdef", 16, at);
	with_interpreter("interpreter too long", "x", 5000, at);
	with_interpreter("interpreter without end", "x", WORD_MAX, at);
	with_interpreter("interpreter behind the file", "x", 8, sizeof(file) + 8);
	with_interpreter("interpreter beyond any file", "x", 8, WORD_MAX - 4);
}

static void lengths(void)
{
	char what[32];

	for (size_t len = 0; len <= sizeof(file.header) + sizeof(elf_segment); len += 8) {
		file_write("bent", &file, len, 0755);
		snprintf(what, sizeof(what), "first %zu bytes", len);
		run(what, "./bent", (char *[]){ "bent", NULL });
	}
	/* The rest of the segment lies beyond the file, but in the file's last page. */
	file_write("bent", &file, offsetof(struct file, interpreter), 0755);
	run("no more than the code", "./bent", (char *[]){ "bent", NULL });
}

static void script(const char *what, const char *text)
{
	file_write("script", text, strlen(text), 0755);
	run(what, "./script", (char *[]){ "script", NULL });
}

static void scripts(void)
{
	static char line[4096];

	script("script of nobody", "#!\n");
	script("script of a blank", "#! \n");
	script("script without a line's end", "#!./bent");
	script("script of a file that is not there", "#!./nothing\n");
	script("script of a folder", "#!/\n");
	script("script of itself", "#!./script\n");
	script("script of what may not run", "#!./plain\n");
	script("script of garbage", "#!./garbage\n");
	memset(line, 'x', sizeof(line) - 1);
	memcpy(line, "#!./", 4);
	script("script of a name without end", line);
	memset(line, ' ', sizeof(line) - 1);
	memcpy(line, "#!", 2);
	script("script of blanks without end", line);
}

static void arguments(void)
{
	static char *many[300001];
	static char word[200000];

	file_write("bent", &file, sizeof(file), 0755);
	memset(word, 'a', sizeof(word) - 1);
	run("no arguments", "./bent", (char *[]){ NULL });
	run("argument list NULL", "./bent", NULL);
	run("one long argument", "./bent", (char *[]){ word, NULL });
	word[131071] = '\0';
	run("one argument as long as may be", "./bent", (char *[]){ word, NULL });
	word[1000] = '\0';
	for (size_t i = 0; i < 300000; i++) {
		many[i] = word;
	}
	run("arguments without end", "./bent", many);
	many[100] = NULL;
	run("a hundred arguments", "./bent", many);
}

static void places(void)
{
	run("a folder", "/", (char *[]){ "x", NULL });
	run("nothing", "./nothing", (char *[]){ "x", NULL });
	run("no name", "", (char *[]){ "x", NULL });
	run("a file that may not run", "./plain", (char *[]){ "x", NULL });
	run("an empty file", "./empty", (char *[]){ "x", NULL });
	run("garbage", "./garbage", (char *[]){ "x", NULL });
	run("below a file", "./plain/x", (char *[]){ "x", NULL });
	run("a device", "/dev/null", (char *[]){ "x", NULL });
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	file_reset();
	file_write("plain", "plain", 5, 0644);
	file_write("empty", "", 0, 0755);
	file_write("garbage", "\177ELF garbage", 12, 0755);
	headers();
	segments();
	more_segments();
	interpreters();
	lengths();
	scripts();
	arguments();
	places();
	return 0;
}
