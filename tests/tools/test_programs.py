#!/usr/bin/python3
"""The test programs: every system call that is implemented is made by one of them."""

import re
import unittest

from common import TOP

# Not made, and why.
EXCEPTIONS = {
    "exit": "the end of every thread: user/newlib/pthread.c",
    "exit_group": "the end of every program: user/newlib/calls.c",
    "set_tid_address": "every program's start: user/newlib/start.c",
    "rt_sigreturn": "every handler's return: user/newlib/start.S",
    "sethostname": "would change the machine that is compared with",
    "setdomainname": "would change the machine that is compared with",
    "settimeofday": "would change the machine that is compared with",
    "clock_settime": "would change the machine that is compared with",
    "reboot": "would change the machine that is compared with; user/init",
    "syslog": "two machines' logs differ",
    "iopl": "would give a program the machine's ports; refused here",
    "ioperm": "would give a program the machine's ports; refused here",
    "open_by_handle_at": "needs a file system that both machines have; refused here",
}


# Made by a C function of another name.
ALIASES = {"pread64": "pread", "pwrite64": "pwrite", "newfstatat": "fstatat", "rt_sigaction": "sigaction",
           "rt_sigtimedwait": "sigtimedwait", "rt_sigqueueinfo": "sigqueue"}


def implemented():
    """Of x86-64: programs for i386 are the same ones, compiled again."""
    tables = ("abi/linux/syscall.def", "abi/linux/x86_64/abi/syscall.def")
    return [name for table in tables
            for name in re.findall(r"^SC\d\(\d+, [\d-]+, (\w+)", (TOP / table).read_text(), re.MULTILINE)]


def made(text):
    """Names that appear as a call: name(...), call(name, ...), SYS_name."""
    return {name for form in (r"\bSYS_(\w+)", r"\b(\w+)\(", r"\bcall\((\w+)") for name in re.findall(form, text)}


class Programs(unittest.TestCase):
    def test_every_call_is_made(self):
        names = set()
        for folder in ("tests/programs", "tests/linux"):
            for path in sorted((TOP / folder).glob("*.[ch]")):
                names |= made(path.read_text())
        missing = [name for name in implemented()
                   if name not in names and ALIASES.get(name) not in names and name not in EXCEPTIONS]
        self.assertEqual(missing, [])

    def test_exceptions_are_calls(self):
        self.assertEqual(set(EXCEPTIONS) - set(implemented()), set())


if __name__ == "__main__":
    unittest.main()
