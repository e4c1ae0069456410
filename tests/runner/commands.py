"""The jobs that do what a user does: the commands of `make help`, end to end.

Those of Xen environments have a rig of their own, so they belong in the lane without the shared one.
"""

import os

from . import core
from .boot import kernel
from .core import Failure, single
from .process import command

ENVS = ("native64", "pv64", "pvh64")


def jobs():
    return [job for env in ENVS for job in (run_job(env), status_job(env))] + \
        [gdb_job("native64"), gdb_job("pv64")]


def make(name, *arguments):
    """(status, text) of make, with nobody at the keyboard and none of our own variables."""
    environment = {key: value for key, value in os.environ.items()
                   if key not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS", "T", "CMDLINE", "MEMORY", "VCPUS", "ENV",
                                  "DISK", "DISK_SIZE", "NET", "FORWARD")}
    status, text = command(["make", *arguments], timeout=300, env=environment)
    core.write_log(name, text)
    return status, text


def expect(condition, why, text):
    if not condition:
        raise Failure(f"{why}; it ends: {' | '.join(text.strip().splitlines()[-3:])}")


def run_job(env):
    """`make run` without a terminal reports and ends with success."""
    name = f"{env} make run"

    def run():
        status, text = make(name, "run", f"ENV={env}")
        expect(status == 0, f"status {status}", text)
        expect("\nverdict: 0" in text.replace("\r", ""), "no verdict", text)
        expect(f"({env}," in text, f"it does not say that it is {env}", text)
    return single(name, run)


def status_job(env):
    """CMDLINE, MEMORY and VCPUS reach the guest, quotes and all; its verdict comes back."""
    name = f"{env} make run variables"

    def run():
        status, text = make(name, "run", f"ENV={env}", "MEMORY=48", "VCPUS=2",
                            'CMDLINE=debug=on run="report; echo it\'s $$HOME here; poweroff 7"')
        expect(status == 2 and "Error 7" in text, f"status {status}, 7 was expected", text)
        expect("it's $HOME here" in text, "the command line is changed on its way", text)
        expect("of 2 in use" in text, "not two CPUs", text)
        expect("0x2f" in text, "not 48 MB: the last frame is another", text)
    return single(name, run)


def gdb_job(env):
    """`make gdb` stops in kernel_main() and sees the kernel's variables."""
    name = f"{env} gdb"

    def run():
        status, text = command(["tools/gdb-guest", env, str(kernel(env)), "-batch",
                                "-ex", "bt", "-ex", "p boot_info.port", "-ex", "kill"], timeout=300)
        core.write_log(name, text)
        expect(status == 0, f"status {status}", text)
        expect("kernel_main () at kernel/core/main.c" in text, "it does not stop in kernel_main()", text)
        expect(f'"{env}"' in text, "it does not see the kernel's variables", text)
    return single(name, run)
