"""The jobs that run hostile programs: C programs that do what none should, here and in a guest.

As with programs.py Linux is the oracle. Each program of tests/hostile, and of its folder for the machine, is built static with the host's
compiler, runs once on this machine and once in a guest of each environment, all in one boot; what
they print must be equal, and the guest must come to an orderly end.

Those of tests/hostile/guest would do harm here, or mean nothing, so they run in guests only, in
another boot: window, which is told an address of the kernel; exhaust, whose output stands in
exhaust.expected; and random, whose seed and number of rounds come from
HOSTILE_SEED and HOSTILE_ROUNDS (`make fuzz` sets them).
"""

import os
import re
import subprocess
import tempfile
import threading
from pathlib import Path

from .boot import TOP, boot, kernel
from .core import Failure, Job, Outcome
from .process import command
from .programs import MARK, difference, interface_of

HOSTILE = TOP / "tests" / "hostile"
FOLDER = TOP / "build" / "test" / "hostile"
FLAGS = ["-D_FILE_OFFSET_BITS=64", "-static", "-O1", "-g", "-std=gnu11", "-Wall", "-Wno-unused", "-fno-pie", "-no-pie", "-pthread"]
GUEST_ONLY = HOSTILE / "guest"
MEMORY = 96
MEMORY_GUEST_ONLY = 48  # little, so that it is soon exhausted
SECONDS = 300
SEED = os.environ.get("HOSTILE_SEED", "1")
ROUNDS = int(os.environ.get("HOSTILE_ROUNDS", "40"))
# What is portable has been tried by the others then.
ROUNDS_PV32 = int(os.environ.get("HOSTILE_ROUNDS", "10"))

# In the guest: each program in a folder of its own; afterwards other processes still work.
ALL = f"""#!/bin/sh
for p in /hostile/*; do
	name=$(basename $p)
	echo "{MARK} begin $name"
	mkdir -p /tmp/$name && cd /tmp/$name && $p 2>&1 </dev/null | cat
	echo "{MARK} end $name"
	test "$(seq 1 100 | sort -n | tail -n 1)" = 100 || exit 1
done
"""

# In the guest: those of tests/hostile/guest, one after the other.
ALL_GUEST = f"""#!/bin/sh
echo "{MARK} begin window"
/hostile-guest/window WINDOW 2>&1 </dev/null | cat
echo "{MARK} end window"
echo "{MARK} begin exhaust"
/hostile-guest/exhaust 2>&1 </dev/null | cat
echo "{MARK} end exhaust"
/hostile-guest/random {SEED} ROUNDS </dev/null
"""

_lock = threading.Lock()
_expected = {}


def sources(to):
    """Those for every machine, and those for this one."""
    return sorted([*HOSTILE.glob("*.c"), *(HOSTILE / to.abi).glob("*.c")], key=lambda source: source.stem)


def folder_of(to):
    return FOLDER / to.abi


def image_of(to):
    return folder_of(to) / "hostile.cpio"


def compiled(chosen, folder, to):
    folder.mkdir(parents=True, exist_ok=True)
    for source in chosen:
        status, text = command([*to.gcc, *FLAGS, f"-I{folder_of(to)}", f"-I{HOSTILE}", f"-I{HOSTILE / to.abi}",
                                "-o", str(folder / source.stem), str(source)])
        if status:
            raise Failure(f"{source.name} does not build: {text.strip()}")
    return folder


def tables(to):
    """The system calls."""
    folder = TOP / "abi" / "linux"
    return "".join((folder / name).read_text() for name in ("syscall.def", f"{to.abi}/abi/syscall.def"))


def build(to):
    """The programs that run here too, and the image with all of them."""
    folder_of(to).mkdir(parents=True, exist_ok=True)
    with open(folder_of(to) / "calls.h", "w") as calls:
        subprocess.run([HOSTILE / "calls.py", to.abi], input=tables(to), text=True, stdout=calls, check=True)
    programs = compiled(sources(to), folder_of(to) / "bin", to)
    image_make(image_of(to), [f"{programs}:/hostile"], "all-hostile", ALL, to)
    return programs


def image_make(image, added, name, script, to):
    with tempfile.TemporaryDirectory() as folder:
        runner = Path(folder) / name
        runner.write_text(script)
        runner.chmod(0o755)
        status, text = command(["tools/initramfs", "--out", str(image), *to.image_options, "--add", f"{runner}:/bin/{name}",
                                *(word for place in added for word in ("--add", place))])
    if status:
        raise Failure(text.strip())


def on_linux(to):
    """{program: what it prints here}; asked once in a run."""
    with _lock:
        if to not in _expected:
            programs = build(to)
            _expected[to] = {}
            for source in sources(to):
                with tempfile.TemporaryDirectory() as work:
                    done = subprocess.run([programs / source.stem], cwd=work, stdin=subprocess.DEVNULL,
                                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=120)
                _expected[to][source.stem] = done.stdout.decode(errors="replace")
        return _expected[to]


def plain(console):
    """Without the carriage returns, of which the shim adds one behind each line's end."""
    return console.replace("\r", "")


def outputs(console):
    """{program: what it printed} for each that came to its end."""
    pieces = re.findall(rf"^{MARK} begin (\w+)\n(.*?)^{MARK} end \1$", plain(console),
                        re.MULTILINE | re.DOTALL)
    return dict(pieces)


def hostile_job(env):
    """All programs in one boot; one test each."""
    to = interface_of(env)

    def run(wanted):
        expected = on_linux(to)
        result = boot(f"{env} hostile", env, "init=/bin/all-hostile", ramdisk=image_of(to), memory=MEMORY, timeout=SECONDS)
        printed = outputs(result.console)
        for name, text in expected.items():
            if f"{env} hostile {name}" in wanted:
                yield printed_outcome(f"{env} hostile {name}", text, printed.get(name), result)
        if f"{env} hostile (the end)" in wanted:
            good = result.reason == "poweroff" and result.verdict == 0
            yield Outcome(f"{env} hostile (the end)", "success" if good else "failure",
                          "" if good else f"{result.reason}, verdict {result.verdict}")
    return Job([f"{env} hostile {source.stem}" for source in sources(to)] + [f"{env} hostile (the end)"], run)


# --- in guests only -------------------------------------------------------------------------------

LOG_LINE = re.compile(r"^\[ *\d+\.\d+\] .*\n", re.MULTILINE)


def kernel_symbol(env, name, otherwise):
    symbols = subprocess.check_output(["nm", str(kernel(env))], text=True)
    found = re.search(rf"^(\w+) \w {name}$", symbols, re.MULTILINE)
    return found[1] if found else otherwise


def rounds_of(env):
    return ROUNDS_PV32 if env == "pv32" else ROUNDS


def guest_image(env):
    """The image of what runs in guests only; window's address is that of the environment's kernel."""
    image, to = FOLDER / f"{env}.cpio", interface_of(env)
    with _lock:
        programs = compiled(sorted(GUEST_ONLY.glob("*.c")), folder_of(to) / "guest", to)
        address = kernel_symbol(env, "return_window", "ffffffff80100000")
        image_make(image, [f"{programs}:/hostile-guest"], "all-random", ALL_GUEST.replace("WINDOW", address).replace("ROUNDS", str(rounds_of(env))), to)
    return image


def guest_job(env):
    """exhaust and random in one boot; the kernel's own words, that memory is out, are no output."""
    def run(wanted):
        on_linux(interface_of(env))      # makes calls.h
        result = boot(f"{env} hostile guest", env, "init=/bin/all-random", ramdisk=guest_image(env),
                      memory=MEMORY_GUEST_ONLY, timeout=SECONDS + rounds_of(env))
        console = LOG_LINE.sub("", plain(result.console))
        expected = {"window": "window: returned many times\n",
                    "exhaust": (GUEST_ONLY / "exhaust.expected").read_text()}
        for name, text in expected.items():
            if f"{env} hostile {name}" in wanted:
                yield printed_outcome(f"{env} hostile {name}", text, outputs(console).get(name), result)
        if f"{env} hostile random" in wanted:
            yield random_outcome(f"{env} hostile random", console, result)
    return Job([f"{env} hostile {name}" for name in ("window", "exhaust", "random")], run)


def printed_outcome(test, expected, printed, result):
    if printed is None:
        return Outcome(test, "crash", f"did not end; {result.reason}, verdict {result.verdict}")
    same = printed == expected
    return Outcome(test, "success" if same else "failure", "" if same else difference(expected, printed))


def random_outcome(test, console, result):
    said = re.findall(r"^random: (.*)$", console, re.MULTILINE)
    if result.reason == "poweroff" and result.verdict == 0 and said and said[-1] == "done":
        return Outcome(test, "success")
    failures = [line for line in said if line.startswith("FAILED")] or said[-1:]
    return Outcome(test, "failure", f"seed {SEED}: {' '.join(failures)}; {result.reason}, verdict {result.verdict}")
