"""The jobs with back-ends that misbehave (tests/rogue): a program of dom0's plugs a device into a guest, plays
its back-end and attacks. The guest says so in one line and goes on; whoever used the device gets an
error, nobody hangs.

One boot for many attacks. In the guest a "victim" uses the device whenever there is one, and counts its
rounds; after each attack it has to be going round, and another program must compute what it should.
"""

import collections
import itertools
import re
import threading
import time

from . import transcript
from .boot import ATTEMPTS, TOP, boot, lost_by_emulator, rig
from .core import Failure, Job, Outcome
from .disks import image
from .dom0 import push
from .process import command
from .width import chosen

SOURCES = TOP / "tests" / "rogue"
ATTACK = re.compile(r'^ATTACK\(\w+,\s*"([^"]*)",\s*"([^"]*)"\)', re.MULTILINE)
BOOTS_MAX = 6
SECONDS = 180       # of one attack in dom0, on a busy machine
PATIENCE = 60       # seconds more for the program to say so
DONE = re.compile(rb"^done (\d+)\n\Z", re.MULTILINE)

# What is said of a device that goes on, or never began.
STAYS_OPEN = ("the back-end's state cannot be understood", "not started (EINVAL)", "not started (ERANGE)",
              *(f"xenbus: device/{device}: another one" for device in ("vbd/51728", "vif/9", "console/1")))
# What the guest may not say more than once of one attack.
COMPLAINTS = re.compile(r"is disabled|is off|no sense|state cannot be understood")
# Whether an event storm is one depends on how busy the machine is; it is said once of a port, and each
# connection has another.
THROTTLED = re.compile(r"events without work, throttled")
ENDS = re.compile(r"the back-end went away|: gone$", re.MULTILINE)

VICTIMS = {
    "block": """
		if [ -b /dev/xvdb ]; then
			blockdev --flushbufs /dev/xvdb
			dd if=/dev/xvdb of=/dev/null bs=4k count=64 &
			dd if=/dev/zero of=/dev/xvdb bs=4k count=16 seek=100 conv=fsync
			wait
		fi
		[ -f /dev/xvdb ] && rm /dev/xvdb # made by dd, when the disk had just gone""",
    "net": """
		if ifconfig eth0 10.9.0.2 netmask 255.255.255.0 up; then
			ping -c 2 -W 1 10.9.0.1
		fi""",
    # Of the shells' descriptors one that is not there ends nothing.
    "channel": """
		if [ -c /dev/hvc1 ]; then
			{
				echo somebody is there >&3
				while read -r -t 1 line <&3; do echo "heard $line" >&3; done
			} 3<>/dev/hvc1
		fi
		[ -f /dev/hvc1 ] && rm /dev/hvc1 # made by the shell, when the console had just gone""",
}

# For scripts: what another program sums up, which is known; and a wait that starts no program, since a start is dear.
COMPUTED = """
seq 1 2000 >/tmp/numbers
echo '763ceab1c1f9165c45031c86313c16f2cbb0ad0c  /tmp/numbers' >/tmp/sum
mkfifo /tmp/silence
exec 8<>/tmp/silence
pause() { read -t $1 nothing <&8; }
"""

# `read` ends when the attack is over: the runner types. The victim's rounds come by a pipe, too, for who waits for one.
SCRIPT = COMPUTED + """
echo 0 >/tmp/round
mkfifo /tmp/rounds
exec 9<>/tmp/rounds
(
	round=0
	while :; do
		{VICTIM
		} >/dev/null 2>&1 </dev/null
		round=$((round+1)); echo $round >/tmp/round; echo $round >&9
		pause 0.5
	done
) &
n=0
while [ $n -lt COUNT ]; do
	n=$((n+1))
	echo step $n
	read over
	until read round </tmp/round && [ "$round" ]; do :; done
	while now=; read -t 60 now <&9 && [ "$now" -le "$round" ]; do :; done
	[ "$now" ] || echo hangs $n
	sha1sum -cs /tmp/sum || echo miscomputes $n
	echo alive $n
done
echo all done
"""

_build_lock = threading.Lock()


# Rings, whose layout depends on the width, and large numbers.
OF_WIDTH = (
    "block response never asked", "block id like a pointer", "block double response", "block producer overrun",
    "block other operation", "block errors only", "block requests changed while out", "block slots changed under the reader",
    "block keeps a page", "block features beyond numbers", "block as many sectors as can be",
    "block size that is no multiple of its sectors", "block states in any order",
    "net sent id beyond the ring", "net sent producer overrun", "net received offset and length beyond the page",
    "net received negative lengths", "net received packet without end",
    "channel input producer overrun",
)
# An honest back-end, which has to work wherever there is one.
EVERYWHERE = ("channel both ways",)


def attacks(kind, env):
    """{name: what the guest says of it}, in the order of the sources; those that run on `env`."""
    found = {}
    for path in sorted(SOURCES.glob("attack_*.c")):
        of_kind = {name: said for name, said in ATTACK.findall(path.read_text()) if name.split()[0] == kind}
        here = {*chosen([name for name in of_kind if name not in EVERYWHERE], OF_WIDTH, env), *EVERYWHERE}
        found.update((name, said) for name, said in of_kind.items() if name in here)
    return found


def program(env):
    """Built for dom0, which has the libraries of the same Debian; for a front-end of this width."""
    suffix, defined = ("32", ["-DFRONT_END_I386"]) if env == "pv32" else ("", [])
    out = TOP / "build" / f"rogue{suffix}"
    with _build_lock:
        out.parent.mkdir(exist_ok=True)
        newest = max(path.stat().st_mtime for path in SOURCES.iterdir())
        if not out.exists() or out.stat().st_mtime < newest:
            status, text = command(["gcc", "-std=gnu17", "-O2", "-Wall", "-Wextra", "-Werror",
                                    *defined, "-o", str(out),
                                    *map(str, sorted(SOURCES.glob("*.c"))), "-lxengnttab", "-lxenevtchn", "-lxencall"])
            if status:
                raise Failure(text)
    return out


class Rogue:
    """The program, running in dom0 within a `with` block, and doing what it is asked (tests/rogue/serve.c)."""

    def __init__(self, env):
        self.place = f"/tmp/{program(env).name}"
        push({self.place: program(env)})

    def __enter__(self):
        self.command = rig().agent.start([self.place, "serve", str(SECONDS)])
        return self

    def __exit__(self, kind, *exception):
        with self.command:
            if kind is None and self.command.status is None:
                self.command.end_input()
                while self.command.status is None and self.command.receive(SECONDS):
                    pass

    def attack(self, name, domid):
        """(status, words)"""
        return self._ask(f"attack {domid} {name}")

    def order(self, path, number, text):
        self._must(f"order {path} {number} {text}")

    def report(self, path, number, seconds):
        """The lines between the first and the last of that report, or None."""
        found = re.search(rf"^report {number}\n(.*)^end {number}$", self._must(f"report {path} {number} {seconds}"), re.MULTILINE | re.DOTALL)
        return found and found[1]

    def _must(self, line):
        status, words = self._ask(line)
        if status:
            raise Failure(f"{line}: {words}")
        return words

    def _ask(self, line):
        self.command.send_input(f"{line}\n".encode())
        said = {"O": b"", "R": b""}
        deadline = time.monotonic() + SECONDS + PATIENCE

        def words():
            return (said["O"] + said["R"]).decode(errors="replace").strip()

        while True:
            frame = self.command.receive(deadline - time.monotonic())
            if frame is None:
                raise Failure(f"{line}: no answer, {words()}")
            kind, data = frame
            if kind == "Q":
                return self.command.status or 1, words()
            said[kind] += data
            done = DONE.search(said["O"])
            if done:
                said["O"] = said["O"][:done.start()]
                return int(done[1]), words()


class Attacker:
    """An `input` for boot(): an attack for each step of the guest's; then a line is typed."""

    def __init__(self, rogue, domain, names):
        self.rogue, self.domain, self.names = rogue, domain, names
        self.results = {}       # name: (status, words)
        self.domid = None

    def __call__(self, console):
        at = len(self.results)
        if at == len(self.names) or f"step {at + 1}\r" not in console:
            return None
        name = self.names[at]
        self.domid = self.domid or rig().domid(self.domain)
        self.results[name] = self.rogue.attack(name, self.domid)
        return b"\r"


def judge(name, said, result, words):
    """The Outcome of an attack from what the program in dom0 said, and the guest meanwhile."""
    status, report = result
    lines = words.splitlines()
    complaints = [line for line in lines if COMPLAINTS.search(line)]
    storms = [line for line in lines if THROTTLED.search(line)]
    why = ""
    if status:
        return Outcome(name, "error", f"status {status}: {report}")
    if re.search(r"^(hangs|miscomputes) ", words, re.MULTILINE):
        why = "afterwards something in the guest hangs, or computes what it should not"
    elif said and words.count(said) != 1:
        why = f'it is said {words.count(said)} times: "{said}"'
    elif len(complaints) > (1 if said else 0):
        why = f"too much is said: {complaints}"
    elif len(storms) > 1 + len(ENDS.findall(words)):
        why = f"too much is said of storms: {storms}"
    elif said and said not in STAYS_OPEN and report not in ("state 5", "state 6"):
        why = f"the device is not closed: {report}"
    return Outcome(name, "failure" if why else "success", why)


def ended(name, result, words):
    """The Outcome of an attack that the guest did not outlive."""
    why = f"{transcript.last_words(words.splitlines())} ({result.reason})"
    return Outcome(name, "crash" if result.reason != "timeout" else "failure", why)


def rogue_job(env, *kinds, extra="", **options):
    """All attacks of these kinds; those behind one that ended the guest get another boot. So does one during which the
    emulator may have lost the guest: an attack that ends it does so each time."""
    prefix = f"{env} hostile back-end: "
    said = {name: words for kind in kinds for name, words in attacks(kind, env).items()}
    victim = "".join(VICTIMS[kind] for kind in kinds)

    def run(wanted):
        left = [name for name in said if prefix + name in wanted]
        losses = collections.Counter()
        for number in itertools.count(1):
            if not left or number > BOOTS_MAX:
                return
            domain = f"rogue-{kinds[0]}-{env}-{number}"
            script = SCRIPT.replace("{VICTIM", "{" + victim).replace("COUNT", str(len(left)))
            with Rogue(env) as rogue:
                attacker = Attacker(rogue, domain, left)
                result = boot(f"{prefix}{kinds[0]} {number}", env, f'{extra} init=/bin/sh cmd="sh /bin/test-script"', memory=64,
                              ramdisk=image(script, env=env), name=domain, input=attacker, timeout=120 + 60 * len(left), **options)
            console = "\n".join(line.strip() for line in result.console.splitlines())
            parts = re.split(r"^step \d+$", console, flags=re.MULTILINE)[1:]
            done = 0
            is_lost = lost_by_emulator(env, result, {})
            for name, words in zip(left, parts):
                is_over = f"alive {done + 1}" not in words
                losses[name] += is_over and is_lost
                if is_over and is_lost and losses[name] < ATTEMPTS:
                    break
                outcome = ended(name, result, words) if is_over else judge(name, said[name], attacker.results[name], words)
                outcome.name = prefix + name
                yield outcome
                done += 1
                if is_over:
                    break
            if not done and not is_lost:
                raise Failure(f"the guest does not come up: {result.reason} {result.xl_error}")
            left = left[done:]
    return Job([prefix + name for name in said], run)


def rogue_jobs(env):
    return [rogue_job(env, "block"), rogue_job(env, "net", "channel", extra="net_queues=2")]
