"""The jobs that boot guests.

For each environment: its kernel tests in one boot, again under other options and builds, each
deliberate breakage in a boot of its own, wrong input, the console, and the toolstack's requests.
"""

import itertools
import re
import time

from . import core, programs, scan, transcript
from .applets import applets_job
from .at_terminal import at_terminal_job
from .backends import backend_jobs
from .boot import TOP, boot, build_dir, end_rig, end_rigs, enter_place, kernel, make, rig, spent, started_rigs
from .core import Job, Lane, Outcome, Surroundings, longest_first, single
from .daemons import daemon_jobs
from .disk_changes import disk_change_jobs
from .disks import disk_jobs, expect
from .extents import extents_jobs
from .filesystems import native_filesystem_jobs, xen_filesystem_jobs
from .net import net_jobs
from .networks import network_jobs
from .saved import saved_jobs
from .rogue import rogue_jobs
from .hostile import guest_job, hostile_job
from .interactive import interactive_job
from .process import command
from .programs import BETWEEN_CPUS, PROGRAMS, programs_job
from .static import static_job
from .tour import tour_job
from .turns import ALL_64, IS_ALL, XEN, turn

# Characters of the command line that names may take: Xen's PV command line ends at 1024.
NAMES_MAX = 800
BOOTS_MAX = 12
ANY = re.compile("")
# Files with misuses, which are found by the same code everywhere, and where those are shown.
MISUSES = {"tests/contract/misuse.c": "native64", "tests/guest/xen/evtchn.c": "pv64", "tests/guest/xen/grant.c": "pv64"}

# Boots of the same tests under other conditions: label => what differs. A build's options make a kernel of their own.
CONDITIONS = {
    "evtchn=2l": dict(extra="evtchn=2l"),
    "batch=1": dict(extra="batch=1"),
    "batch=1024": dict(extra="batch=1024"),
    "page": dict(build=["HYPERCALL_PAGE=y"]),
    "asserts": dict(build=["DEBUG_ASSERTS=y"]),
    "counting": dict(build=["COUNT_PLAIN=y"]),
    "vcpus=2": dict(vcpus=2),
    "vcpus=4": dict(vcpus=4, memory=64),
    "memory=16": dict(memory=16),
    "memory=64": dict(memory=64),
    # What takes all the memory there is does that, and no more, with any size of it.
    "memory=3072": dict(memory=3072, tests=re.compile(r"(?!.*(_without_memory|_full|_exhausted)$)")),
    # What is about clocks meets Xen's default where the others do not (NATIVE_TSC).
    "tsc emulated": dict(is_tsc_emulated=True, tests=re.compile("clock_|vdso_"), vcpus=2),
}
# None is in another's way, so that many share a boot; with ALL=1 few do. (In the shim, which takes longer to start than a
# kernel, there are 2-level event channels only.)
VARIANTS = {
    "pv64": [["evtchn=2l", "batch=1", "vcpus=2", "memory=16"], ["batch=1024", "page", "asserts", "counting", "vcpus=4"]],
    "pvh64": [["evtchn=2l", "page", "asserts", "vcpus=4"], ["tsc emulated"]],
    "native64": [["memory=16", "vcpus=2"], ["asserts", "vcpus=4"], ["memory=3072"]],
    "pv32": [["asserts", "batch=1", "vcpus=2", "memory=64"]],
}
VARIANTS_OF_ALL = {
    "pv64": [["evtchn=2l", "vcpus=2"], ["vcpus=4"], ["batch=1", "memory=16"], ["batch=1024", "page", "asserts", "counting"]],
    "pvh64": [["evtchn=2l", "vcpus=2"], ["vcpus=4"], ["batch=1", "memory=16"], ["page", "asserts"]],
    "native64": [["vcpus=4"], ["asserts"]],
    "pv32": [["vcpus=4"], ["batch=1024", "page", "counting"], ["tsc emulated"]],
}


def variants(env):
    """Label and what differs, for each boot."""
    for labels in VARIANTS[env] + (VARIANTS_OF_ALL[env] if IS_ALL else []):
        conditions = [CONDITIONS[label] for label in labels]
        given = {key: value for condition in conditions for key, value in condition.items()}
        given["extra"] = " ".join(condition["extra"] for condition in conditions if "extra" in condition)
        given["build"] = [option for condition in conditions for option in condition.get("build", [])]
        yield " ".join(labels), given


def xen_jobs(env):
    return env_jobs(env) + toolstack_jobs(env) + disk_jobs(env) + disk_change_jobs(env) + \
        xen_filesystem_jobs(env) + net_jobs(env) + network_jobs(env) + backend_jobs(env) + extents_jobs(env) + rogue_jobs(env) + \
        daemon_jobs(env) + \
        saved_jobs(env) + \
        [applets_job(env), *map(at_terminal_job, turn([env], env, XEN))]


def rig_lane():
    jobs = [job for env in ("pv64", "pvh64", "pv32") for job in xen_jobs(env)]
    return Lane(longest_first(jobs + image_jobs() + [make_run_job("pv32", "i686")]))


def surroundings():
    """A rig of each thread's own, which ends with all jobs, or with one that went wrong."""
    return Surroundings(enter=enter_place, renew=end_rig, last=[leftover_job()], close=end_rigs, spent=spent)


def native_jobs():
    return env_jobs("native64") + \
        [make_run_job("native64", "x86_64"), interactive_job("native64"), at_terminal_job("native64")] + \
        [applets_job("native64")] + \
        disk_jobs("native64") + native_filesystem_jobs() + net_jobs("native64")


def env_jobs(env):
    make(env, "compile_commands.json")
    tests, breakages = scan.declared(TOP, TOP / build_dir(env))
    jobs = [report_job(env), ktest_job(env, env, tests, {})]
    jobs += [ktest_job(f"{env} {label}", env, [name for name in tests if given.get("tests", ANY).match(name)], given)
             for label, given in variants(env)]
    jobs += breakage_jobs(env, breakages)
    return jobs + [console_job(env), init_job(env), small_job(env), *input_jobs(env), programs_job(env),
                   several_cpus_job(env), static_job(env), tour_job(env), hostile_job(env), guest_job(env)]


def several_cpus_job(env):
    """Programs on several CPUs. In the shim that takes long (docs/ring1.md): there, unless all is wanted, those between CPUs."""
    if env != "pv32":
        return programs_job(env, vcpus=4, chosen=turn(PROGRAMS, env, ALL_64))
    return programs_job(env, vcpus=4) if IS_ALL else programs_job(env, vcpus=2, chosen=BETWEEN_CPUS)


def make_run_job(env, machine):
    """`make run` of a command: by programs of the environment's own kind, and its status comes out."""
    name = f"{env} make run of a command"

    def run():
        status, out = command(["make", "run", f"ENV={env}", "CMD=uname -m; exit 3"])
        core.write_log(name, out)
        said = [line.strip() for line in out.splitlines()]
        expect(status and machine in said and "verdict: 3" in said, f"not {machine} and verdict 3: {said[-3:]}")
    return single(name, run)


# --- tests in the kernel ------------------------------------------------------------------------

def pieces(names):
    """Lists of names, each short enough for one command line."""
    piece = []
    for name in names:
        if piece and sum(map(len, piece)) + len(piece) + len(name) > NAMES_MAX:
            yield piece
            piece = []
        piece.append(name)
    if piece:
        yield piece


def ktest_job(prefix, env, tests, given):
    """All tests, or those given, in one boot. A test that ends the guest is a crash; the others get another boot."""
    def run(wanted):
        names = [name for name in tests if f"{prefix} {name}" in wanted]
        options = {key: given[key] for key in ("memory", "vcpus", "is_tsc_emulated") if key in given}
        image = kernel(env, variant_of(given["build"]), given["build"]) if given.get("build") else None

        def start(number, what):
            extra = " ".join(filter(None, [given.get("extra"), f'run="test {what}; poweroff"']))
            return boot(f"{prefix} {number}" if number else prefix, env, extra, image=image, **options)

        yield from run_ktests(prefix, names, len(names) == len(tests) and "tests" not in given, start)
    return Job([f"{prefix} {name}" for name in tests], run)


def variant_of(build):
    """The build directory's name for a list of options."""
    return "-".join(option.partition("=")[0].lower() for option in build)


def run_ktests(prefix, names, is_all, start):
    """`start(number, names)` boots and returns the Result."""
    crashes = 0
    pending = [names] if is_all else list(pieces(names))
    for number in itertools.count():
        if not pending or number == BOOTS_MAX:
            return
        batch = pending.pop(0)
        result = start(number, "all" if is_all and number == 0 else " ".join(batch))
        said = transcript.parse(result.console)
        for name in batch:
            if name in said.verdicts:
                yield Outcome(f"{prefix} {name}", *said.verdicts[name])
        if said.crashed in batch:
            crashes += 1
            why = said.last_words if result.reason != "timeout" else "did not end in time"
            yield Outcome(f"{prefix} {said.crashed}", "crash", f"{why} ({result.reason})")
        left = said.remaining(batch)
        if len(left) == len(batch):
            for name in left:
                yield Outcome(f"{prefix} {name}", "error", f"did not run: {end_of(result)}")
        elif left:
            pending[:0] = list(pieces(left))
        elif not said.crashed:
            yield from check_end(prefix, said, result)


def check_end(prefix, said, result):
    """A boot whose tests all have verdicts must also end in order and agree about them."""
    bad = sum(verdict not in core.GOOD for verdict, _ in said.verdicts.values())
    if result.reason != "poweroff" or result.verdict is None or bool(result.verdict) != bool(bad):
        yield Outcome(f"{prefix} (the end)", "failure",
                      f"{bad} tests failed, but the guest ended with {end_of(result)}")


def end_of(result):
    words = [f"reason {result.reason}", f"verdict {result.verdict}"]
    if result.xl_error:
        words.append(result.xl_error.strip().splitlines()[-1])
    elif result.verdict is None:
        words.append(transcript.last_words(result.console.splitlines()))
    return ", ".join(words)


# --- other single boots -------------------------------------------------------------------------

def report_job(env):
    """What `make run` shows: the boot, the report, an orderly end."""
    name = f"{env} report"

    def run():
        result = boot(name, env, 'run="report; poweroff"')
        expect(result.verdict == 0 and result.reason == "poweroff", end_of(result))
        expect(env in result.console, f"the console does not mention {env}")
    return single(name, run)


def breakage_jobs(env, breakages):
    """Those of MISUSES where a boot takes least, unless all is wanted."""
    elsewhere = {name for path, where in MISUSES.items() if env != where for name in scan.in_text((TOP / path).read_text())[1]}
    return [breakage_job(env, name, said) for name, said in breakages.items() if IS_ALL or name not in elsewhere]


def breakage_job(env, breakage, said):
    """A deliberate fault must end the guest with its message, and whoever started it be told."""
    name = f"{env} break {breakage}"

    def run():
        result = boot(name, env, f'run="break {breakage}"', is_crash_wanted=True)
        expect(said in result.console, f'no "{said}" on the console; {end_of(result)}')
        expect(result.reason == "crash", f"the end was not reported as a crash: {end_of(result)}")
    return single(name, run)


PROMPT = "paravane> "


def typist(steps):
    """An `input` for boot(): types each step's line when the text it waits for appeared after the
    step before. Steps: (text to wait for, line)."""
    state = {"at": 0, "seen": 0}

    def answer(console):
        if state["at"] < len(steps):
            awaited, line = steps[state["at"]]
            found = console.find(awaited, state["seen"])
            if found >= 0:
                state["at"] += 1
                state["seen"] = found + len(awaited)
                return line.encode()
        return None
    return answer


SHELL = "paravane:/# "

# What is typed at init's shell, the end, and the verdict.
INIT = {
    "exit": ("sleep 1000 & (sleep 1000 &); exit 7", "poweroff", 7),
    "poweroff": ("trap : TERM; poweroff; while true; do sleep 1; done", "poweroff", 0),
    "reboot": ("trap : TERM; reboot; while true; do sleep 1; done", "reboot", 0),
}


def init_job(env):
    """user/init: the shell's end is the machine's; so is a signal; and it is not needed. Also: the console
    gets byte for byte what the terminal sends."""
    name = f"{env} init"
    line_end = "\r\n\r" if env == "pv32" else "\r\n"    # Xen's shim adds a carriage return behind each line's end
    greeting = f"it is 1{line_end}raw\n"

    def run():
        to = programs.interface_of(env)
        programs.build(to)
        for label, (line, end, verdict) in INIT.items():
            result = boot(f"{name} {label}", env, "", ramdisk=to.image, memory=64,
                          input=typist([(SHELL, "echo it is $PPID; stty -opost; echo raw; stty opost\r"),
                                        (greeting, f"{line}\r")]))
            expect(result.verdict == verdict and result.reason == end, f"{label}: {end_of(result)}")
        result = boot(f"{name} none", env, "", ramdisk=programs.image([], {}, [], to), memory=64,
                      input=typist([(SHELL, "exit $$\r")]))
        expect(result.verdict == 1, f"no init: {end_of(result)}")
    return single(name, run)


SMALL_CMD = "find /bin | sort | tail -n 1 | awk '{print $1}' && ps && exit 5"


def small_job(env):
    """The image as it is without its tests: below 1 MiB without symbols, and 8 MB do for a shell. Xen's shim
    takes 22 MB, and ends itself where a domain has below 40."""
    def run():
        image = kernel(env, "small", ["KTEST=n"])
        stripped = image.with_name("stripped")
        status, text = command(["strip", "-o", str(stripped), str(image)])
        expect(not status, text)
        size = stripped.stat().st_size
        expect(size < 1 << 20, f"the image has {size} bytes")
        to = programs.interface_of(env)
        programs.build(to)
        result = boot(f"{env} small", env, f'cmd="{SMALL_CMD}"', image=image, memory=40 if env == "pv32" else 8,
                      ramdisk=to.image)
        expect(result.verdict == 5 and "zcat" in result.console, end_of(result))
    return single(f"{env} small", run)


def console_job(env):
    name = f"{env} console"

    def run():
        steps = [(PROMPT, "help\r"), (PROMPT, "nonsense\r"), (PROMPT, "poweroff\r")]
        result = boot(name, env, "", input=typist(steps))
        # 1: a command failed.
        expect(result.reason == "poweroff" and result.verdict == 1, end_of(result))
        after = result.console.partition("help")[2]
        expect("poweroff" in after, "help does not list poweroff")
        expect("nonsense" in after.partition("nonsense")[2], "an unknown command is not named")
    return single(name, run)


def input_jobs(env):
    def unknown_option():
        result = boot(f"{env} unknown option", env, 'bogus=1 run="poweroff"')
        expect("bogus" in result.console, f"the option is not named; {end_of(result)}")
        expect(result.verdict == 2, f"exit status 2 expected; {end_of(result)}")

    def bad_value():
        result = boot(f"{env} bad value", env, 'batch=0 loglevel=9 run="poweroff"')
        expect(result.verdict == 2, f"exit status 2 expected; {end_of(result)}")

    def unknown_command():
        result = boot(f"{env} unknown command", env, 'run="nonsense; poweroff"')
        expect("nonsense" in result.console, f"the command is not named; {end_of(result)}")
        expect(result.verdict not in (0, None), f"a failure expected; {end_of(result)}")

    def little_memory():
        result = boot(f"{env} little memory", env, 'run="poweroff"', memory=4)
        expect(result.reason != "timeout", "it hangs")
        expect(result.status != 0 or result.verdict == 0, end_of(result))
        if result.verdict != 0:
            expect("memory" in (result.console + result.xl_error).lower(), f"no word about memory; {end_of(result)}")

    return [single(f"{env} unknown option", unknown_option), single(f"{env} bad value", bad_value),
            single(f"{env} unknown command", unknown_command),
            single(f"{env} little memory", little_memory)]


# --- wrong images -------------------------------------------------------------------------------

# Where it is booted, which kernel, and what must be said about it, by xl, by QEMU or by the kernel.
WRONG_IMAGES = [
    ("pv64", "pv32", ""),
    ("native64", "pv32", ""),
    ("pv64", "pvh64", ""),
    ("pvh64", "pv64", ""),
    ("pv64", "native64", ""),
    ("pvh64", "native64", ""),
    ("native64", "pv64", ""),
    ("native64", "pvh64", ""),
]


def image_jobs():
    return [image_job(env, other, said) for env, other, said in WRONG_IMAGES]


def image_job(env, other, said):
    name = f"{env} image of {other}"

    def run():
        result = boot(name, env, 'run="poweroff"', image=kernel(other))
        expect(result.reason != "timeout", "it hangs")
        expect(result.status != 0, f"a failure expected; {end_of(result)}")
        words = result.console + result.xl_error
        expect(words.strip(), f"nobody says why; {end_of(result)}")
        expect(said in words, f'"{said}" expected; {end_of(result)}')
    return single(name, run)


# --- the toolstack ------------------------------------------------------------------------------

def toolstack_jobs(env):
    return [request_job(env, "shutdown", "poweroff"), request_job(env, "reboot", "reboot")]


def request_job(env, request, reason):
    """xl asks the guest by way of xenstore's control/shutdown; it ends in order."""
    name = f"{env} xl {request}"

    def run():
        asked = []

        def ask(console):
            if PROMPT in console and not asked:
                asked.append(rig().exec(["xl", request, f"test-{env}-{request}"]))
        result = boot(name, env, "", name=f"test-{env}-{request}", input=ask)
        expect(asked, f"the guest did not come up; {end_of(result)}")
        expect(asked[0][0] == 0, f"xl says: {asked[0][2]}")
        expect(result.reason == reason and result.verdict == 0, end_of(result))
    return single(name, run)


def leftover_job():
    """After all that dom0 is alone."""
    name = "rig nothing is left"

    def run():
        for used in started_rigs():
            listed = []
            for _ in range(20):
                listed = used.exec("xl list")[1].splitlines()
                if len(listed) == 2:
                    break
                time.sleep(0.5)
            else:
                # Who holds it: Xen tells of its pages and references.
                core.write_log(name, used.exec("xl list -v; xl debug-keys q; sleep 1; xl dmesg | tail -n 200; xenstore-ls -f /local; ps ax")[1])
            expect(len(listed) == 2, f"still there: {listed[2:]}")
    return single(name, run)
