"""The jobs in which dom0's daemons misbehave, xenconsoled and xenstored: a program stands in the place of one
(tests/rogue), the guest says so in its log, gives up what cannot be trusted any more, and goes on.

The console may be off and the store gone, so the guest and the runner talk by a disk: there the runner writes what is to be
said, in the first block, and the guest its report, from the ninth block on. A domain has first what it has to
endure, then at most one attack that ends its store, then at most one that ends its console.
"""

import contextvars
import itertools
import re
import threading
import time

from .boot import ATTEMPTS, Lost, rig
from .core import Failure, Job, Outcome
from .disks import Disk, run_guest
from .rogue import COMPLAINTS, COMPUTED, SECONDS, Rogue, attacks

# The shim would take the console for itself, and believes xenconsoled all it says. This leaves the page to the guest.
SETTINGS = {"pv32": ['pvshim_cmdline="pv-shim console=xen"']}

# What is said where something ends.
END = re.compile(r"connection given up|the console is off")
FREE = re.compile(r"^MemFree: +(\d+) kB", re.MULTILINE)
LOSS_MAX = 4096     # KiB that the guest may have less of after an attack
PATIENCE = 90       # seconds, of the runner for a report
LOOK = 5            # of these, until it looks whether the domain has ended
READY = 150

SCRIPT = COMPUTED + """
trap '' INT QUIT TSTP TTIN TTOU HUP # typed by chance
much=$(seq 1 150)
( while :; do echo "$much"; pause 0.3; done ) &
report()
{
	{
		echo report $1
		dmesg | tail -n +$((lines + 1))
		grep MemFree /proc/meminfo
		sha1sum -cs /tmp/sum && echo computes
		echo end $1
	} >/tmp/report
	lines=$(dmesg | wc -l)
	dd if=/tmp/report of=DISK bs=512 seek=8 conv=fsync,notrunc 2>/dev/null
}
n=0
lines=0
report 0
while :; do
	blockdev --flushbufs DISK
	{ read number; [ "$number" = $((n + 1)) ] && read text; } <DISK || { pause 0.3; continue; }
	[ "$text" = "the end" ] && break
	n=$number
	t=0
	until [ -z "$text" ] || dmesg | tail -n +$((lines + 1)) | grep -qF "$text" || [ $t = 100 ]; do sleep 0.3; t=$((t + 1)); done
	report $n
done
"""


class Attacker(threading.Thread):
    """Attacks as soon as the domain is ready, one after the other; afterwards `results` has of each: the program's status
    and words, and the guest's reports before and, or None, after it."""

    def __init__(self, rogue, domain, names, said, disk):
        super().__init__(daemon=True)
        self.rogue, self.domain, self.names, self.said, self.disk = rogue, domain, names, said, disk
        self.results = {}
        self.is_over = False        # said by others: the domain has ended
        self._context = contextvars.copy_context()

    def run(self):
        self._context.run(self._work)

    def _work(self):
        with self.rogue as rogue:
            before = self._report(rogue, 0, READY)
            domid = before and rig().domid(self.domain)
            for number, name in enumerate(self.names, 1):
                if before is None:
                    return
                status, words = rogue.attack(name, domid)
                rogue.order(self.disk.path, number, self.said[name])
                report = self._report(rogue, number, PATIENCE)
                self.results[name] = status, words, before, report
                before = report
            rogue.order(self.disk.path, len(self.names) + 1, "the end")

    def _report(self, rogue, number, seconds):
        """That of this number, if it comes in time."""
        deadline = time.monotonic() + seconds
        report = None
        while report is None and time.monotonic() < deadline and not self.is_over:
            report = rogue.report(self.disk.path, number, LOOK)
        return report


def judge(name, said, result):
    status, words, before, report = result
    complaints = [line for line in (report or "").splitlines() if COMPLAINTS.search(line) or END.search(line)]
    why = ""
    if status:
        return Outcome(name, "error", f"status {status}: {words}")
    if report is None:
        why = "afterwards the guest says nothing on its disk"
    elif "computes" not in report:
        why = "afterwards the guest computes what it should not"
    elif int(FREE.search(before)[1]) - int(FREE.search(report)[1]) > LOSS_MAX:
        why = f"it has less memory than before: {FREE.search(before)[0]}, {FREE.search(report)[0]}"
    elif said and report.count(said) != 1:
        why = f'it is said {report.count(said)} times: "{said}"'
    elif len(complaints) > (1 if END.search(said) else 0):
        why = f"too much is said: {complaints}"
    return Outcome(name, "failure" if why else "success", why)


def domains_of(env):
    """The attacks of each domain, and what the guest says of an attack."""
    said = {**attacks("store", env), **attacks("console", env)}
    endured = [name for name in said if not END.search(said[name])]
    ends = [[name for name in attacks(kind, env) if END.search(said[name])] for kind in ("store", "console")]
    groups = [[name for name in pair if name] for pair in itertools.zip_longest(*ends)]
    groups[0] = endured + groups[0]
    return groups, said


def daemon_job(env, number, names, said):
    prefix = f"{env} hostile daemon: "

    def attempt(wanted):
        domain = f"daemons-{env}-{number}"
        with Disk(env, 64 << 10) as disk:
            attacker = Attacker(Rogue(env), domain, wanted, said, disk)
            attacker.start()
            try:
                result = run_guest(f"{prefix}{number}", env, SCRIPT, disk, name=domain, raises_lost=True, settings=SETTINGS.get(env, ()),
                                   timeout=READY + (SECONDS + PATIENCE) * len(wanted))
            finally:
                attacker.is_over = True
                attacker.join()
        return result, attacker.results

    def run(wanted):
        here = [name for name in names if prefix + name in wanted]
        for _ in range(ATTEMPTS):
            try:
                result, results = attempt(here)
                break
            except Lost:
                pass
        else:
            raise Failure(f"lost {ATTEMPTS} times by the emulator")
        for name in here:
            if name not in results:
                yield Outcome(prefix + name, "error", f"not tried: {result.reason} {result.xl_error}")
                continue
            outcome = judge(prefix + name, said[name], results[name])
            if outcome.verdict == "success" and name == here[-1] and result.reason != "poweroff":
                outcome = Outcome(prefix + name, "failure", f"the domain does not end: {result.reason}")
            if outcome.verdict == "success" and "its output" in said[name] and "bytes lost]" not in result.console:
                outcome = Outcome(prefix + name, "failure", "it is not said that something was not written")
            yield outcome
    return Job([prefix + name for name in names], run)


def daemon_jobs(env):
    groups, said = domains_of(env)
    return [daemon_job(env, number, names, said) for number, names in enumerate(groups, 1)]
