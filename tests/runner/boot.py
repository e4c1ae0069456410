"""Builds kernels and boots them: Xen domains on a rig, native64 on bare QEMU.

Every boot gives a riglib.domain.Result and leaves its console in build/test/. Each of the threads that work off
jobs has a rig of its own, a quick one (docs/rig.md); a job that starts a thread gives it its context.
"""

import contextlib
import contextvars
import itertools
import threading

import native
from riglib import RigError, recipe
from riglib.processor import seconds_of

from . import core, processor, reset, rough
from .core import TOP, Failure
from .process import MAKE, command

ENVS = ("pv64", "pvh64", "native64", "pv32")
XEN_ENVS = ("pv64", "pvh64", "pv32")
SECONDS = 600       # ends what hangs; on a busy machine all takes four times as long
ATTEMPTS = 4     # of a boot that the emulator loses
SHIM_SILENCE = 45   # the shim speaks at once
# QEMU's counter is not said to be the same on all processors, so that Xen would emulate it, and each reading were an exit of
# the virtual machine: half of the time that the kernel's tests take. What is about clocks is booted with Xen's default as well.
NATIVE_TSC = {"pvh64": ['tsc_mode="native"'], "pv32": ['tsc_mode="native"']}

_domain_count = itertools.count(1)
_builds = {}
_build_lock = threading.Lock()


class BuildError(Exception):
    pass


class Place:
    """Of a rig that is started by the first who asks for it."""

    def __init__(self):
        self._rig = None
        self._spent = 0.0       # processor time of those that ended
        self._lock = threading.Lock()

    def rig(self):
        with self._lock:
            if self._rig is None:
                starting = rough.LateRig(kind=recipe.QUICK)
                starting.__enter__()
                starting.agent.patience = SECONDS
                self._rig = starting
            return self._rig

    def spent(self):
        with self._lock:
            return self._spent + (seconds_of(self._rig.machine.pid()) if self._rig else 0)

    def is_started(self):
        return self._rig is not None

    def end(self, which=None):
        """Ends the rig, if it is still `which`."""
        with self._lock:
            if self._rig is not None and which in (None, self._rig):
                self._spent += seconds_of(self._rig.machine.pid())
                self._rig.__exit__(None, None, None)
                self._rig = None


_places = {}
_here = contextvars.ContextVar("the number of this thread's places", default=0)


def enter_place(number):
    """This thread's rigs are those of this number from now on."""
    _here.set(number)


def place():
    return _places.setdefault(_here.get(), Place())


def rig():
    return place().rig()


def spent():
    """The processor time that the rigs of this thread's places took so far."""
    return place().spent()


def started_rigs():
    return [each.rig() for each in _places.values() if each.is_started()]


def end_rig():
    """What this thread does next begins with a new one."""
    place().end()


def end_rigs():
    for each in _places.values():
        each.end()


def build_dir(env, variant=""):
    return f"build/test/{env}-{variant}" if variant else f"build/{env}"


def make(env, target, variant="", options=()):
    """Makes a target of a build directory of its own for each variant, configured by `options`."""
    b = build_dir(env, variant)
    if options:
        status, text = command(["tools/config.py", "set", "--env", env, "--config", f"{b}/.config.new",
                                *options])
        if status:
            raise BuildError(text)
        new, old = TOP / b / ".config.new", TOP / b / ".config"
        if old.exists() and old.read_text() == new.read_text():
            new.unlink()
        else:
            new.rename(old)
    status, text = command([*MAKE, f"ENV={env}", f"B={b}", f"{b}/{target}"])
    if status:
        core.write_log(f"build {env} {variant}", text)
        raise BuildError(f"{env} does not build: {error_line(text)}")
    return TOP / b / target


def error_line(text):
    errors = [line for line in text.splitlines() if "error" in line.lower()]
    return (errors or text.strip().splitlines() or ["make says nothing"])[0]


def kernel(env, variant="", options=()):
    """The kernel's path; built, or found not to build, once in a run."""
    with _build_lock:
        key = (env, variant)
        if key not in _builds:
            try:
                _builds[key] = make(env, "paravane", variant, options)
            except BuildError as error:
                _builds[key] = error
    if isinstance(_builds[key], BuildError):
        raise _builds[key]
    return _builds[key]


class Lost(Exception):
    """The emulator lost a boot, and more than the boot is to be made again."""


def lost_by_emulator(env, result, options, is_crash_wanted=False):
    """Whether a PVH domain, or one in the shim's, ended out of nowhere, or stood still before it was ready, which
    QEMU's emulation of SVM still brings about now and then (docs/rig.md), or the shim never began; such a boot is
    made again, and its log kept. Whoever says why it ends was not lost, and a crash that is wanted is none."""
    if result.reason == "silent":
        return True     # and whoever waits to type has not begun
    if env not in ("pvh64", "pv32") or result.verdict is not None or "panic:" in result.console:
        return False
    if result.reason == "timeout":
        return "boot: ready" not in result.console
    reasons = ("reboot",) if is_crash_wanted else ("reboot", "crash")
    return result.reason in reasons and not callable(options.get("input"))


def stood_still(env, result, image, options):
    """Whether a PVH domain whose time is over had nothing to do on any CPU: as if an event was lost on its way."""
    if env != "pvh64" or result.reason != "timeout" or callable(options.get("input")) or not reset.all_idle(result.registers, image):
        return False
    print(f"note  a domain of {env} stood still, all its CPUs idle", flush=True)
    return True


def made_again(job):
    """The function of a job that is begun anew as often as it raises Lost."""
    def run():
        for _ in range(ATTEMPTS):
            with contextlib.suppress(Lost):
                return job()
        raise Failure(f"lost {ATTEMPTS} times by the emulator")
    return run


def boot_domain(env, image, extra, timeout, options):
    options = {"name": f"test-{next(_domain_count)}", "silence": SHIM_SILENCE if env == "pv32" else None, **options}
    if not options.pop("is_tsc_emulated", False):
        options["settings"] = [*NATIVE_TSC.get(env, []), *options.get("settings", [])]
    options["settings"] = [*rough.settings(), *options.get("settings", [])]
    used = rig()
    try:
        result = used.run_domain(TOP / "tools" / "xl" / f"{env}.cfg", kernel=image, extra=extra,
                                 timeout=timeout, **options)
        if result.reason == "reboot" and result.verdict is None:
            result.registers += reset.dump_of(used)
            print(f"note  a domain of {env} was reset at {reset.place_of(result.registers, image)}", flush=True)
        return result
    except RigError:
        place().end(used)   # the next test gets a fresh one
        raise


def boot(log_name, env, extra, image=None, timeout=SECONDS, is_crash_wanted=False, raises_lost=False, **options):
    """Boots `image` (default: that of `env`) the way of `env`; options as for Rig.run_domain(). With `raises_lost` one
    that was lost is not booted again here, but by made_again(). With `is_tsc_emulated` rdtsc is as Xen's default has it."""
    image = image or kernel(env)
    options["input"] = rough.looks_late(options.get("input"))
    if env not in XEN_ENVS:
        options.pop("is_tsc_emulated", None)
        result = native.run_domain(kernel=image, extra=extra, timeout=timeout, **options)
        processor.add(result.processor_seconds)
        log(log_name, env, extra, options, result)
        return result
    for attempt in range(1, ATTEMPTS + 1):
        result = boot_domain(env, image, extra, timeout, {"is_quiet": is_crash_wanted, **options})
        is_lost = lost_by_emulator(env, result, {} if raises_lost else options, is_crash_wanted)
        if not is_lost and not stood_still(env, result, image, options):
            break
        if raises_lost:
            log(f"{log_name} lost", env, extra, options, result)
            raise Lost(result.reason)
        if attempt < ATTEMPTS:
            log(f"{log_name} lost {attempt}", env, extra, options, result)
    log(log_name, env, extra, options, result)
    return result


def log(name, env, extra, options, result):
    given = {key: value for key, value in options.items() if not callable(value)}
    core.write_log(name, f"{env} {extra!r} {given}\n{result.console}\n--- reason: {result.reason}, "
                         f"verdict: {result.verdict}, {result.seconds:.1f} s\n"
                         f"{result.xl_error}{result.registers}\n")
