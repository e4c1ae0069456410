"""The jobs that use a guest as a person would: a shell on the console, typed at.

One long session for each environment, of named checks. A check types its keys and waits for what
has to appear: a regular expression over what the console has said since, or a function of the
screen. One that does not get it in time fails, and so does what would have come after.
"""

import re

from .boot import TOP, boot
from .core import Failure, Job, Outcome
from .process import command
from .screen import Screen

ROWS, COLUMNS = 30, 100
SECONDS = 300
IMAGE = TOP / "build" / "test" / "interactive.cpio"

ASH = r"paravane:\S* ?# (?:\x1b\[6n)?$"  # busybox asks the terminal where the cursor is
BASH = r"bash-[0-9.]+# $"
UP, DOWN, RIGHT, LEFT = "\x1b[A", "\x1b[B", "\x1b[C", "\x1b[D"


def key(letter):
    """With Control held down."""
    return chr(ord(letter) & 0x1f)


def lines(*wanted):
    """The screen begins with these lines."""
    return lambda screen: all(screen.line(i) == text for i, text in enumerate(wanted))


def shows(text):
    """Somewhere on the screen."""
    return lambda screen: re.search(text, screen.text(), re.M) is not None


# A program that says when it is there: keys that come sooner are the shell's.
BUSY = "sh -c 'echo up$((1+1)); sleep 1000'\r"

# busybox's less is in raw mode only while it waits for a key; one that comes sooner is echoed, and a carriage return
# becomes a line feed, here as on Linux. Its last line is written when it listens.
LESS_LISTENS = r"\x1b\[30;0H\x1b\[K(?::|\x1b\[7m[^\x1b]*\x1b\[m)$"

# (check, what is typed, what has to appear). Typed keys are echoed, so what is waited for is never
# what was typed. Steps of one check have one name; all must succeed.
STEPS = [
    ("prompt", "", ASH),
    ("line editing", "echo o" + "e" + LEFT + "n\r", r"\none\r"),
    ("line editing", "echo wrong" + key("u") + "echo a-b\r", r"\na-b\r"),
    ("history", UP + UP + "\r", r"\none\r"),
    ("completion", "ls /etc/pas\t\r", r"\n/etc/passwd\r"),
    ("terminal settings", "stty -a\r", r"rows 30; columns 100;[\s\S]*isig icanon"),
    ("interrupt", BUSY, r"\nup2\r"),
    ("interrupt", key("c"), ASH),
    ("interrupt", "echo st=$?\r", r"\nst=130\r"),
    # busybox's "sh -c" ignores it, here as on Linux
    ("quit", "tail -f /etc/hostname\r", r"\nparavane\r"),
    ("quit", key("\\"), ASH),
    ("quit", "echo st=$?\r", r"\nst=131\r"),
    ("job control", BUSY, r"\nup2\r"),
    ("job control", key("z"), r"Stopped[\s\S]*" + ASH),
    ("job control", "bg; jobs\r", r"\[1\]\+ +Running"),
    ("job control", "kill %1; wait; jobs\r", r"Terminated[\s\S]*" + ASH),
    ("foreground", "sh -c 'echo up$((1+1)); cat'\r", r"\nup2\r"),
    ("foreground", "hello\r", r"hello\r\nhello\r"),
    ("foreground", key("z"), r"Stopped[\s\S]*" + ASH),
    ("foreground", "fg\r", r"sh -c[^\r]*cat"),
    ("foreground", "again\r", r"again\r\nagain\r"),
    ("foreground", key("d"), ASH),
    ("background job is stopped when it reads", "cat &\r", r"Stopped \(tty input\)|" + ASH),
    ("background job is stopped when it reads", "sleep 1; jobs\r", r"Stopped[^\n]*cat"),
    ("background job is stopped when it reads", "kill -9 %1; wait; echo gone$?\r", r"\ngone\d+\r"),
    ("here-document", "cat <<E | sed s/x/y/\r", r"> (?:\x1b\[6n)?$"),
    ("here-document", "axb\rE\r", r"\nayb\r"),
    ("flow control", "seq 3; echo $((6*7))\r", r"\n42\r"),
    ("flow control", key("s") + "echo $((50+5))\r" + key("q"), r"55\r"),
    ("vi", "vi /tmp/f\r", shows("^~$")),
    ("vi", "ihello\rwrold\x1b", lines("hello", "wrold", "~")),
    ("vi", "0lxp", lines("hello", "world", "~")),
    ("vi", "yyP:wq\r", ASH),
    ("vi", "cat /tmp/f\r", r"\nhello\r\nworld\r\nworld\r"),
    ("vi again", "vi /tmp/f\r", lines("hello", "world", "world", "~")),
    ("vi again", "/wor\rdd:x\r", ASH),
    ("vi again", "wc -l < /tmp/f\r", r"\n2\r"),
    ("vi stopped", "vi /tmp/f\r", lines("hello", "world", "~")),
    ("vi stopped", key("z"), r"Stopped[\s\S]*" + ASH),
    ("vi stopped", "fg\r", lines("hello", "world", "~")),
    ("vi stopped", ":q!\r", ASH),
    ("less", "seq 1 500 | less\r", lines(*map(str, range(1, ROWS)))),
    ("less", "", LESS_LISTENS),
    ("less", " ", r"\n\x1b\[K58\r\n" + LESS_LISTENS),
    ("less", "/", r"/\x1b\[30;2H$"),
    ("less", "333", r"3\x1b\[30;5H$"),
    ("less", "\r", lines("333", "334")),
    ("less", "", LESS_LISTENS),
    ("less", "G", shows("^500$")),
    ("less", "", LESS_LISTENS),
    ("less", "q", ASH),
    ("top once", "top -b -n1\r", r"Mem: \d+K used[\s\S]*PID +PPID[\s\S]*top -b -n1[\s\S]*" + ASH),
    ("top", "top\r", shows(r"^Load average: [\s\S]*^ +1 +0 root .*sh$")),
    ("top", "q", ASH),
    ("watch", "timeout 12 watch -n1 'echo t$((40+2))'\r", shows("^t42$")),
    ("watch", "", ASH),
    ("ps", "ps\r", r"\n +1 root +\S*sh\r[\s\S]*root +\S*ps"),
    ("resize", "resize\r", r"\x1b\[6n"),
    ("resize", "\x1b[41;97R", ASH),
    ("resize", "stty size\r", r"\n41 97\r"),
    ("resize", "stty rows 30 columns 100\r", ASH),
    ("line ends", "a() { echo a$((6*7)); }; a; stty -opost; a; a; stty opost\r",
     r"[^\r]\r\na42\r\na42\na42\n"),
    ("winch", "sh -c 'trap \"echo got winch; exit\" WINCH; stty rows 20; stty rows 30; sleep 1'\r",
     r"\ngot winch\r"),
    ("find and tar", "cd /tmp; mkdir -p d/e; seq 9 >d/e/f; tar czf a.tgz d; rm -r d; tar xzf a.tgz; "
     "find d -type f | xargs cat | sort -rn | awk '{s+=$1} END {print \"sum\", s}'; cd\r", r"\nsum 45\r"),
    ("bash", "bash\r", BASH),
    ("bash line editing", "echo oe" + LEFT + "n" + key("a") + key("e") + "\r", r"[\r\n]one\r[\s\S]*" + BASH),
    ("bash history search", "true\r", r"true\r[\s\S]*" + BASH),
    ("bash history search", key("r") + "ech\r", r"[\r\n]one\r[\s\S]*" + BASH),
    ("bash completion", "ls /etc/pas\t\r", r"[\r\n]/etc/passwd\r[\s\S]*" + BASH),
    ("bash jobs", "sleep 1000 | (echo up$((1+1)); cat)\r", r"[\r\n]up2\r"),
    ("bash jobs", key("z"), r"Stopped[\s\S]*" + BASH),
    ("bash jobs", "bg; jobs\r", r"Running +sleep 1000 \| [^\r]*&\r"),
    ("bash jobs", "kill %1; wait; jobs; echo $((8*8))\r", r"[\r\n]64\r[\s\S]*" + BASH),
    ("bash interrupt", BUSY, r"[\r\n]up2\r"),
    ("bash interrupt", key("c"), BASH),
    ("bash interrupt", "echo st=$?\r", r"[\r\n]st=130\r"),
    ("bash interrupt", "exit\r", ASH),
    ("exit", "exit 7\r", r"verdict: 7"),
]

NAMES = list(dict.fromkeys(name for name, _, _ in STEPS))


class Session:
    """An `input` for boot(): goes through the steps as the console speaks."""

    def __init__(self, steps):
        self.steps = steps
        self.at = -1            # the step that waits
        self.from_ = 0          # what it may look at begins here
        self.fed = 0
        self.screen = Screen(ROWS, COLUMNS)

    def __call__(self, console):
        self.screen.feed(console[self.fed:])
        self.fed = len(console)
        if self.at < 0:
            return self._next(console)
        if self.at < len(self.steps) and self._is_met(self.steps[self.at][2], console):
            return self._next(console)
        return None

    def _is_met(self, awaited, console):
        if callable(awaited):
            return awaited(self.screen)
        return re.search(awaited, console[self.from_:]) is not None

    def _next(self, console):
        self.at += 1
        self.from_ = len(console)
        if self.at == len(self.steps):
            return None
        keys, awaited = self.steps[self.at][1:]
        if not keys:
            self.from_ = 0
            if self._is_met(awaited, console):
                return self._next(console)
        return keys.encode()

    def outcomes(self, prefix):
        """One for each check, of those that were come to."""
        failed = self.steps[self.at][0] if self.at < len(self.steps) else None
        seen = set()
        for name, _, awaited in self.steps:
            if name in seen:
                continue
            seen.add(name)
            if name == failed:
                what = self.screen.text().strip().splitlines()[-3:]
                wanted = awaited if isinstance(awaited, str) else "the screen"
                yield Outcome(f"{prefix} {name}", "failure", f"waited for {wanted}; at last: {what}")
                return
            yield Outcome(f"{prefix} {name}", "success")


def image():
    IMAGE.parent.mkdir(parents=True, exist_ok=True)
    status, text = command(["tools/initramfs", "--out", str(IMAGE), "--add", "deb:bash-static",
                            "--add", "deb:ncurses-base"])
    if status:
        raise Failure(text.strip())
    return IMAGE


def interactive_job(env):
    prefix = f"{env} typed"

    def run(wanted):
        session = Session(STEPS)
        boot(prefix, env, f"rows={ROWS} columns={COLUMNS}", ramdisk=image(), memory=64, input=session,
             timeout=SECONDS)
        for outcome in session.outcomes(prefix):
            if outcome.name in wanted:
                yield outcome
    return Job([f"{prefix} {name}" for name in NAMES], run)
