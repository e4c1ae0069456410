/* exec.h - what exec.c and exec_stack.c share about the program being started. */
#ifndef PROC_EXEC_H
#define PROC_EXEC_H

#include "elf.h"

#include <kernel/process.h>

struct exec {
	const struct exec_what *what;
	const char *path; /* of the file that runs, by its name: the interpreter, for a script */
	struct file *file, *loader_file;
	struct elf_image image, loader;
	bool is_unreadable;  /* by the caller */
	uint32_t euid, egid; /* with which it runs */
	const char **words;  /* the arguments are words[first] and on, to the NULL */
	unsigned first;
	const char *const *envp;
	char *lines[5];	     /* the scripts' first lines, which words point into */
	struct vm_space *vm; /* built here, not yet published */
	/* once it is mapped: the program's entry, where to start, its headers, the loader's base, the vDSO and its entry */
	vaddr_t entry, start, headers, base, vdso, vdso_entry;
	/* the stack: where it starts, and the strings in it */
	vaddr_t sp, args_start, args_end, env_start, env_end, aux_start, aux_end;
};

/* Map a stack for the new program into x->vm and fill it. 0 or a negative errno. */
int exec_stack_make(struct exec *x, const struct process *process) __must_check;

#endif
