"""The jobs that run unmodified Linux programs: the same scripts here and in a guest.

Linux is the oracle. Debian's busybox runs each script of tests/programs on this machine, once, and
in a guest of each environment, all scripts in one boot; the outputs must be equal.
"""

import difflib
import itertools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

from .boot import TOP, boot
from .core import Failure, Job, Outcome
from .process import command

SCRIPTS = sorted((TOP / "tests" / "programs").glob("*.sh"))
IMAGE = TOP / "build" / "test" / "programs.cpio"
BUSYBOX = TOP / "build" / "packages" / "busybox-static" / "bin" / "busybox"
MARK = "#=#=#"
_count = itertools.count(1)

# In the guest: each script in an empty folder, its output, through a pipe as here, between two lines
# of ours.
ALL = f"""#!/bin/sh
for s in /tests/*.sh; do
	name=$(basename $s .sh)
	echo "{MARK} begin $name"
	mkdir -p /tmp/$name && cd /tmp/$name && sh $s 2>&1 </dev/null | cat
	echo "{MARK} end $name"
done
"""


def image(more=None):
    """The programs' image with the scripts in it, and more files for its /bin: {name: text}."""
    files = {"all-tests": ALL, **(more or {})}
    out = IMAGE.with_suffix(f".{next(_count)}.cpio") if more else IMAGE
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        adding = ["--add", "tests/programs:/tests"]
        for name, text in files.items():
            path = Path(folder) / name
            path.write_text(text)
            path.chmod(0o755)
            adding += ["--add", f"{path}:/bin/{name}"]
        status, text = command(["tools/initramfs", "--out", str(out), *adding])
    if status:
        raise Failure(text.strip())
    return out


def on_linux(script):
    """What the script prints here, run by the same busybox."""
    with tempfile.TemporaryDirectory() as folder:
        bin_folder = Path(folder) / "bin"
        bin_folder.mkdir()
        shutil.copy(BUSYBOX, bin_folder / "busybox")
        for applet in subprocess.check_output([BUSYBOX, "--list"], text=True).split():
            if applet != "busybox":
                os.symlink("busybox", bin_folder / applet)
        work = Path(folder) / "work"
        work.mkdir()
        done = subprocess.run(["sh", str(script)], executable=bin_folder / "sh", cwd=work,
                              env={"PATH": str(bin_folder), "HOME": "/root"}, text=True,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        return done.stdout.replace(str(script), f"/tests/{script.name}")


def outputs(console):
    """{script: what it printed} for each that came to its end."""
    found, name, lines = {}, None, []
    for line in console.replace("\r\n", "\n").split("\n"):
        if line.startswith(f"{MARK} begin "):
            name, lines = line.split()[2], []
        elif line.startswith(f"{MARK} end ") and name:
            found[name], name = "".join(text + "\n" for text in lines), None
        elif name:
            lines.append(line)
    return found


def difference(linux, guest):
    lines = difflib.unified_diff(linux.splitlines(), guest.splitlines(), "linux", "guest", "", "", n=0,
                                 lineterm="")
    return " | ".join(list(lines)[2:8])


def programs_job(env):
    """All scripts in one boot; one test each."""
    def run(wanted):
        result = boot(f"{env} programs", env, 'init=/bin/all-tests', ramdisk=image(), memory=64)
        printed = outputs(result.console)
        for script in SCRIPTS:
            name = f"{env} program {script.stem}"
            if name not in wanted:
                continue
            if script.stem not in printed:
                yield Outcome(name, "crash", f"did not end; {result.reason}, verdict {result.verdict}")
                continue
            expected = on_linux(script)
            same = printed[script.stem] == expected
            yield Outcome(name, "success" if same else "failure",
                          "" if same else difference(expected, printed[script.stem]))
    return Job([f"{env} program {script.stem}" for script in SCRIPTS], run)
