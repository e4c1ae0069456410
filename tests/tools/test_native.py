#!/usr/bin/python3
"""tools/run-native and tools/native.py with kernels of a few instructions."""

import os
import pty
import select
import signal
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

from common import TOP, run

SOURCE = r"""
	.section .note.Xen, "a", @note
	.long	4, 4, 18
	.asciz	"Xen"
	.long	entry
	.text
	.code32
	.globl	entry
entry:	cld
	movl	$text, %%esi
	movl	$text_end - text, %%ecx
	movl	$0x3f8, %%edx
	rep outsb
%(end)s
hang:	hlt
	jmp	hang
	.data
text:	.ascii "%(text)s"
text_end:
"""
EXIT = "\tmovl $%d, %%eax\n\tmovl $0xf4, %%edx\n\toutl %%eax, %%dx\n"
# Ends with the byte that is typed, as enum machine_end.
ECHO = """
1:	movl	$0x3fd, %edx
	inb	%dx, %al
	testb	$1, %al
	jz	1b
	movl	$0x3f8, %edx
	inb	%dx, %al
	outb	%al, %dx
	cmpb	$'q', %al
	jne	1b
""" + EXIT % 0
TRIPLE_FAULT = "\tlidt\tzero\n\tint3\nzero:\t.quad 0\n"


class Native(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)
        self.addCleanup(self.nothing_is_left)

    def nothing_is_left(self):
        self.assertNotIn(str(self.folder), run("ps", "-eo", "args")[1])

    def kernel(self, text, end=""):
        source, image = self.folder / "k.S", self.folder / "kernel"
        source.write_text(SOURCE % {"text": text, "end": end})
        status, said = run("gcc", "-m32", "-nostdlib", "-static", "-no-pie", "-Wl,-Ttext=0x100000,--build-id=none",
                           "-Wl,-e,entry", source, "-o", image)
        self.assertEqual(status, 0, said)
        return image

    def native(self, text, end="", *args):
        return run("tools/run-native", self.kernel(text, end), *args)

    def test_verdict_is_the_exit_status(self):
        for verdict in (0, 3):
            status, said = self.native(f"hello\\r\\nverdict: {verdict}\\r\\n", EXIT % 0)
            self.assertEqual(status, verdict)
            self.assertIn("hello", said)
            self.assertIn("machine ended: poweroff", said)

    def test_last_verdict_counts(self):
        self.assertEqual(self.native("verdict: 0\\nverdict: 7\\n", EXIT % 1)[0], 7)

    def test_no_verdict(self):
        status, said = self.native("hello", EXIT % 0)
        self.assertEqual(status, 125)
        self.assertIn("no verdict", said)

    def test_crash_has_no_verdict(self):
        status, said = self.native("verdict: 0\\n", EXIT % 3)
        self.assertEqual(status, 125)
        self.assertIn("machine ended: crash", said)

    def test_triple_fault_is_a_crash(self):
        status, said = self.native("verdict: 0\\n", TRIPLE_FAULT)
        self.assertEqual(status, 125)
        self.assertIn("machine ended: crash", said)

    def test_time_out(self):
        status, said = self.native("hello\\n", "", "--timeout", "1")
        self.assertEqual(status, 124)
        self.assertIn("no end within 1 s", said)

    def test_no_kernel(self):
        (self.folder / "kernel").write_text("text")
        status, said = run("tools/run-native", self.folder / "kernel")
        self.assertEqual(status, 126)
        self.assertIn("QEMU did not start", said)

    def start(self, *args, **options):
        argv = [str(TOP / "tools/run-native"), *map(str, args)]
        return subprocess.Popen(argv, cwd=TOP, **options)

    def test_signals_end_the_machine(self):
        for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT, signal.SIGKILL):
            process = self.start(self.kernel("up\\n"), stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                 stderr=subprocess.DEVNULL)
            with process.stdout:
                self.assertEqual(process.stdout.read(2), b"up")
                process.send_signal(number)
                self.assertNotEqual(process.wait(10), 0)
            deadline = time.monotonic() + 5
            while str(self.folder) in run("ps", "-eo", "args")[1] and time.monotonic() < deadline:
                time.sleep(0.05)
            self.nothing_is_left()

    def on_terminal(self, keys, end):
        """(exit status, what was on the screen)"""
        ours, theirs = pty.openpty()
        process = self.start(self.kernel("ready", end), stdin=theirs, stdout=theirs, stderr=theirs)
        os.close(theirs)
        screen = b""
        typed = False
        while True:
            if not select.select([ours], [], [], 20)[0]:
                process.kill()
                self.fail(f"nothing more on the terminal after {screen!r}")
            try:
                data = os.read(ours, 4096)
            except OSError:
                break
            if not data:
                break
            screen += data
            if b"ready" in screen and not typed:
                typed = True
                os.write(ours, keys)
        os.close(ours)
        return process.wait(10), screen.decode()

    def test_terminal_types_into_the_guest(self):
        status, screen = self.on_terminal(b"verdict: 5\rq", ECHO)
        self.assertIn("Ctrl-] ends the machine", screen)
        self.assertIn("machine ended: poweroff", screen)
        self.assertEqual(status, 125, screen)   # "readyverdict: 5" is no line of its own

    def test_leaving_ends_the_machine(self):
        status, screen = self.on_terminal(b"abc\x1d", ECHO)
        self.assertIn("machine ended: left", screen)
        self.assertEqual(status, 0)


if __name__ == "__main__":
    unittest.main()
