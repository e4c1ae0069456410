#!/usr/bin/python3
"""Write the table of implemented system calls for hostile programs: cat TABLES | calls.py [i386] >calls.h

A line for each call: its number, name, and arguments, each with its kind (the types of
abi/linux/syscall.def), name, and a value that is in order: `SANE_*` of who includes it, or a number
where a call needs one in particular for the others to be looked at. Calls that are not for trying out
one argument at a time are CALL_LEFT_OUT().
"""
import re
import sys

# What ends the machine, the caller or the test, or waits for ever by design; what is only refused.
LEFT_OUT = {"exit", "exit_group", "fork", "vfork", "pause", "rt_sigreturn", "reboot", "sync",
            "rseq", "setgroups", "name_to_handle_at", "splice",
            # refused on both sides, of two reasons not always for the same one
            "socketpair", "sendto", "recvfrom", "sendmmsg", "recvmmsg", "recvmmsg_time64"}

# (call, argument): a value with which the call goes on to look at its other arguments.
VALUES = {
    ("rt_sigaction", "signal"): 10, ("rt_sigqueueinfo", "pid"): "getpid()",
    ("rt_tgsigqueueinfo", "pid"): "getpid()", ("rt_tgsigqueueinfo", "tid"): "getpid()", ("getgroups", "count"): 16,
    ("select", "count"): 8, ("pselect6", "count"): 8, ("pselect6_time64", "count"): 8, ("statx", "mask"): 0x7ff,
    ("waitid", "options"): 5, ("clone", "flags"): 0x01300011, ("clone", "stack"): 0,
    ("futex", "op"): 128, ("futex", "value"): 0, ("futex_time64", "op"): 128, ("futex_time64", "value"): 0, ("mincore", "address"): "(long)page_rw", ("mincore", "length"): 4096,
    ("copy_file_range", "out"): "SANE_fd_other", ("sendfile", "out"): "SANE_fd_other",
    ("execve", "path"): '(long)"garbage"', ("execveat", "path"): '(long)"garbage"',
    ("readlink", "path"): '(long)"link"', ("readlinkat", "path"): '(long)"link"',
    ("getdents64", "fd"): "SANE_fd_dir", ("mount", "type"): '(long)"nosuch"', ("mknod", "mode"): 0o100644,
    ("mknodat", "mode"): 0o100644, ("prctl", "op"): 0, ("clone3", "size"): 64, ("umount2", "flags"): 0,
    ("link", "path"): '(long)"new"', ("linkat", "to"): '(long)"new"', ("symlink", "path"): '(long)"new"',
    ("symlinkat", "path"): '(long)"new"', ("rename", "to"): '(long)"new"', ("renameat", "to"): '(long)"new"',
    ("renameat2", "to"): '(long)"new"', ("link", "to"): '(long)"new"',
    # resident memory, without limit everywhere: of CPU time the page of nothing grants one second
    ("prlimit64", "resource"): 5, ("setrlimit", "resource"): 5,
    ("readv", "count"): 1, ("writev", "count"): 1, ("preadv", "count"): 1, ("pwritev", "count"): 1,
}
FOLDERS = {"dir", "from_dir", "to_dir"}


def value(call, kind, name):
    if (call, name) in VALUES:
        return str(VALUES[call, name])
    if name == "mask_size":
        return "8"
    if kind == "fd" and name in FOLDERS:
        return "SANE_fd_dir"
    return f"SANE_{kind}"


def main():
    print("/* Made by calls.py from syscall.def. */")
    for line in sys.stdin:
        found = re.match(r"SC([0-6])\(([\d-]+), ([\d-]+), (\w+)(?:, (.*))?\)", line)
        number = found and found[3 if "i386" in sys.argv else 2]
        if not number or number == "-":
            continue
        call, words = found[4], found[5].split(", ") if found[5] else []
        arguments = [f"{{ KIND_{kind}, \"{name}\", {value(call, kind, name)} }}"
                     for kind, name in zip(words[::2], words[1::2])]
        # File systems differ about attributes.
        is_left_out = call in LEFT_OUT or "xattr" in call
        macro = "CALL_LEFT_OUT" if is_left_out else "CALL"
        print(f"{macro}({number}, {call}, {found[1]}, {', '.join(arguments) or '{ 0 }'})")


if __name__ == "__main__":
    main()
