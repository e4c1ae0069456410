"""The jobs that run programs which are Linux's: the same here and in a guest.

Linux is the oracle. Each script of tests/programs (a .sh by Debian's busybox and again by Debian's
bash, a .bash by that only) and each program made of a C file there runs once on this machine and in a
guest of every environment, all in one boot (user/run-tests); what they print and how they end must be
equal. pv32 has programs for i386, and so has this machine's Linux then.
"""

import difflib
import itertools
import os
import re
import shutil
import signal
import subprocess
import tempfile
import threading
from pathlib import Path

from . import core
from .boot import TOP, boot
from .core import Failure, Job, Outcome
from .process import MAKE, command

FOLDER = TOP / "tests" / "programs"
IMAGE = TOP / "build" / "test" / "programs.cpio"
PACKAGES = TOP / "build" / "packages"
MARK = "#=#=#"
KERNEL = re.compile(r"\[ *\d+\.\d{6}\] (warning|error): ")
SECONDS = 180       # of one program, on a busy machine


class Interface:
    """What programs are for, and where those are."""
    def __init__(self, env, bits, suffix):
        self.env = env
        self.abi = "i386" if bits else "x86_64"
        self.gcc = ["gcc", *(["-m32"] if bits else [])]
        self.user = TOP / "build" / f"user{bits}"
        self.image = TOP / "build" / f"programs{bits}.cpio"
        self.ours = ["--list", f"build/user{bits}/tests.list"]
        self.image_options = ["--i386"] if bits else []
        self.busybox = PACKAGES / f"busybox-static{suffix}" / "bin" / "busybox"
        self.bash = PACKAGES / f"bash-static{suffix}" / "bin" / "bash-static"


X86_64, I386 = Interface("pv64", "", ""), Interface("pv32", "32", ":i386")


def interface_of(env):
    return I386 if env == "pv32" else X86_64


_count = itertools.count(1)
_lock = threading.Lock()
_made = {}
_expected = {}


def all_names():
    """{name: (source, its name in the image and so in the marks)}, in the order in which they run."""
    found = {path.stem: (path, path.name) for path in sorted(FOLDER.glob("*.sh"))}
    found.update({f"bash {path.stem}": (path, f"{path.stem}.bash")
                  for path in sorted([*FOLDER.glob("*.sh"), *FOLDER.glob("*.bash")])})
    found.update({path.stem: (path, path.stem) for path in sorted(FOLDER.glob("*.c"))})
    return found


PROGRAMS = all_names()
SCRIPTS = [name for name, (source, _) in PROGRAMS.items() if source.suffix != ".c"]


def file_name(name):
    return PROGRAMS[name][1]


# --- the image ----------------------------------------------------------------------------------

def build(to=X86_64):
    """Our programs; made, or found not to build, once in a run."""
    with _lock:
        if to not in _made:
            status, text = command([*MAKE, f"ENV={to.env}", "programs"])
            core.write_log(f"build programs {to.env}", text)
            _made[to] = text.strip().splitlines()[-1] if status else None
    if _made[to]:
        raise Failure(f"the programs do not build: {_made[to]}")


def image(names, more=None, ours=None, to=X86_64):
    """The programs' image with a /bin/all-tests that runs these, and more files for its /bin: {name: text}."""
    build(to)
    ours = to.ours if ours is None else ours
    path = IMAGE.with_suffix(f".{next(_count)}.cpio")
    path.parent.mkdir(parents=True, exist_ok=True)
    words = " ".join(f"/tests/{file_name(name)}" for name in names)
    files = {"all-tests": f"#!/bin/sh\nexec run-tests -t {SECONDS} {words}\n", **(more or {})}
    adding = [f"{PROGRAMS[name][0]}:/tests/{file_name(name)}" for name in names if name in SCRIPTS]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in files.items():
            file = Path(folder) / name
            file.write_text(text)
            file.chmod(0o755)
            adding.append(f"{file}:/bin/{name}")
        status, text = command(["tools/initramfs", "--out", str(path), *to.image_options, *ours,
                                "--package", "bash-static:bin/bash-static:/bin/bash",
                                *(word for one in adding for word in ("--add", one))])
    if status:
        raise Failure(text.strip())
    return path


# --- Linux --------------------------------------------------------------------------------------

def on_linux(name, to=X86_64):
    """What the program prints here and how it ends, in the words of user/run-tests."""
    with _lock:
        if (name, to) not in _expected:
            _expected[name, to] = run_here(*PROGRAMS[name], to)
        return _expected[name, to]


def run_here(source, placed, to):
    with tempfile.TemporaryDirectory() as folder:
        bin_folder = Path(folder) / "bin"
        bin_folder.mkdir()
        shutil.copy(to.busybox, bin_folder / "busybox")
        for applet in subprocess.check_output([to.busybox, "--list"], text=True).split():
            if applet != "busybox":
                os.symlink("busybox", bin_folder / applet)
        shutil.copy(to.bash, bin_folder / "bash")
        work = Path(folder) / "work"
        work.mkdir()
        if source.suffix == ".c":
            argv, binary = [source.stem], to.user / "tests" / source.stem
        else:
            shell = "bash" if placed.endswith(".bash") else "sh"
            argv, binary = [shell, str(source)], bin_folder / shell
        process = subprocess.Popen(argv, executable=binary, cwd=work, start_new_session=True,
                                   env={"PATH": str(bin_folder), "HOME": "/root"},
                                   stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                   stderr=subprocess.STDOUT)
        try:
            text, _ = process.communicate(timeout=SECONDS)
            end = how_it_ended(process.returncode)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            text, _ = process.communicate()
            end = "timeout"
        text = text.decode(errors="replace")
        return text.replace(str(source), f"/tests/{placed}"), end


def how_it_ended(status):
    return f"signal {-status}" if status < 0 else f"exit {status}"


# --- comparing ----------------------------------------------------------------------------------

def outputs(console):
    """({program: (what it printed, how it ended)}, the one that began and did not end)"""
    found, name, lines = {}, None, []
    # Xen's shim adds a carriage return behind each line's end.
    for line in console.replace("\n\r", "\n").replace("\r\n", "\n").split("\n"):
        if line.startswith(f"{MARK} begin "):
            name, lines = line.split()[2], []
        elif name and f"{MARK} end {name} " in line:
            # A last line without its end stands before the mark.
            last, _, end = line.partition(f"{MARK} end {name} ")
            found[name], name = ("".join(text + "\n" for text in lines) + last, end), None
        elif name and not KERNEL.match(line):
            lines.append(line)
    return found, name


def difference(linux, guest):
    lines = difflib.unified_diff(linux.splitlines(), guest.splitlines(), "linux", "guest", "", "", n=0,
                                 lineterm="")
    return " | ".join(list(lines)[2:8])


def without_numbers(text):
    """bash names the process that a signal ended."""
    return re.sub(r"^(\S+: line \d+:) +\d+ +(\S.*?) {2,}", r"\1 PID \2 ", text, flags=re.MULTILINE)


def compare(test, name, printed, to):
    (expected, expected_end), (text, end) = on_linux(name, to), printed
    expected, text = without_numbers(expected), without_numbers(text)
    if expected_end != "exit 0":
        return Outcome(test, "error", f"on Linux: {expected_end}: {expected.strip()[-200:]}")
    if end != expected_end:
        last = (text.strip().splitlines() or ["it printed nothing"])[-1]
        return Outcome(test, "crash" if end.startswith("signal") else "failure", f"{end}; last: {last}")
    if text != expected:
        core.write_log(f"{test} linux", expected)
        return Outcome(test, "failure", difference(expected, text))
    return Outcome(test, "success")


def outcomes(prefix, names, result, to=X86_64):
    """One for each of the programs that this boot was to run."""
    printed, unfinished = outputs(result.console)
    for name in names:
        test = f"{prefix} {name}"
        if file_name(name) in printed:
            yield compare(test, name, printed[file_name(name)], to)
        elif file_name(name) == unfinished:
            yield Outcome(test, "crash", f"took the guest with it: {result.reason}, verdict {result.verdict}")
        else:
            yield Outcome(test, "error", f"did not begin; {result.reason}, verdict {result.verdict}")


# What waits for others, or has thread-local data, for which each CPU has descriptors. ("parallel" takes a busy machine too long.)
BETWEEN_CPUS = ("fifo_meetings", "futex_waitv", "inet_sockets", "segments", "socket_shutdown", "threads",
                "unix_sockets")


def programs_job(env, vcpus=1, chosen=tuple(PROGRAMS)):
    """All of them in one boot; one test each."""
    prefix = f"{env} program" if vcpus == 1 else f"{env} vcpus={vcpus} program"
    to = interface_of(env)

    def run(wanted):
        names = [name for name in chosen if f"{prefix} {name}" in wanted]
        result = boot(f"{prefix}s", env, "init=/bin/all-tests", ramdisk=image(names, to=to), memory=64,
                      vcpus=vcpus)
        yield from outcomes(prefix, names, result, to)
    return Job([f"{prefix} {name}" for name in chosen], run)
