"""One domain, from `xl create` to its end, and what is to be said about it.

The guest's verdict is a line on its console, "verdict: N", N being what a program would return to
a shell: 0 for success. The last such line counts. A domain which crashes has no verdict, even if
it had printed one.

The configuration is an ordinary xl file. What the caller gives (kernel, extra, ...) is passed to
xl as settings which come after the file and therefore win. Files the configuration names by
`kernel` and `ramdisk` are the host's: they are copied to dom0.
"""

import dataclasses
import functools
import itertools
import os
import re
import signal
import subprocess
import tempfile
import time
from typing import Optional

from .agent import read_file
from .errors import RigError

STATUS_TIMEOUT = 124
STATUS_NO_VERDICT = 125
STATUS_NOT_CREATED = 126

# How long the end of a domain, forced from here, may take; seconds after which to ask again.
END_SECONDS = 40
ASK_AGAIN_SECONDS = 2

# What Xen says last when it boots; how many lines after it are of interest.
XEN_BOOTED = 'init memory'
XEN_LINES = 60

# Under Xen's shim a line's carriage return comes before the next one.
VERDICT = re.compile(r'^\r*verdict: (\d+)\s*$', re.MULTILINE)

_request_count = itertools.count(1)


@dataclasses.dataclass
class Result:
    name: str
    console: str                # all the domain wrote
    verdict: Optional[int]      # what it said of itself
    reason: str                 # poweroff, reboot, crash, ..., timeout, silent, create-failed
    seconds: float              # from the request to the end
    xl_error: str = ''          # xl's words, if it could not be created
    registers: str = ''         # of a domain which crashed or had to be stopped
    processor_seconds: float = 0.0      # of a machine that ran for it alone (tools/native.py)

    @property
    def is_reboot(self):
        """Whether it asked to be started again. (A domain that lost its mind ends as "reboot" too, but says nothing.)"""
        return self.reason == 'reboot' and self.verdict is not None

    @property
    def status(self):
        """The exit status of a run."""
        if self.reason == 'create-failed':
            return STATUS_NOT_CREATED
        if self.reason in ('timeout', 'silent'):
            return STATUS_TIMEOUT
        return STATUS_NO_VERDICT if self.verdict is None else self.verdict


class Config:
    """An xl configuration file, of which the rig has to know a little."""

    def __init__(self, path):
        self.text = read_file(path).decode(errors='replace')

    def get(self, key):
        """The value of a string setting, or None."""
        values = re.findall(rf'^\s*{key}\s*=\s*(["\'])(.*?)\1', self.text, re.MULTILINE)
        return values[-1][1] if values else None


def setting(key, value):
    """KEY=VALUE in xl's syntax."""
    if isinstance(value, str):
        escaped = value.replace('\\', r'\\').replace('"', r'\"')
        value = f'"{escaped}"'
    return f'{key}={value}'


def kernel_file(path):
    """A kernel as a domain needs it: without what only a debugger wants, whose way to dom0 would take longer than
    the boot does."""
    try:
        state = os.stat(path)
    except OSError as error:
        raise RigError(f'cannot read {path}: {error.strerror}')
    return _without_symbols(str(path), state.st_mtime_ns, state.st_size)


@functools.lru_cache(maxsize=8)
def _without_symbols(path, *state):
    """What is no ELF file stays as it is (strip breaks Linux's, which is of Windows' kind as well), as does all on
    a machine without binutils."""
    if read_file(path)[:4] != b'\x7fELF':
        return read_file(path)
    with tempfile.TemporaryDirectory() as folder:
        stripped = f'{folder}/kernel'
        try:
            done = subprocess.run(['strip', '-o', stripped, path], capture_output=True)
        except FileNotFoundError:
            return read_file(path)
        return read_file(path if done.returncode else stripped)


class Request:
    """All that `xl create` needs: `files` for a folder in dom0, `arguments` for xl."""

    def __init__(self, cfg, folder=None, kernel=None, ramdisk=None, extra=None, memory=None, vcpus=None,
                 name=None, settings=()):
        """`kernel`, `ramdisk`: the host's files. `settings`: any others, in xl's own syntax."""
        config = Config(cfg)
        folder = folder or f'/rig/run/{os.getpid()}.{next(_request_count)}'
        self.name = name or config.get('name') or 'guest'
        self.files = {f'{folder}/cfg': config.text.encode()}
        overrides = [setting('name', self.name)]
        for key, given, read in (('kernel', kernel, kernel_file), ('ramdisk', ramdisk, read_file)):
            path = given or config.get(key)
            if path:
                self.files[f'{folder}/{key}'] = read(path)
                overrides.append(setting(key, f'{folder}/{key}'))
        # xl ignores `extra` if there is a `cmdline`.
        extra_key = 'extra' if config.get('cmdline') is None else 'cmdline'
        for key, given in ((extra_key, extra), ('memory', memory), ('vcpus', vcpus)):
            if given is not None:
                overrides.append(setting(key, given))
        self.arguments = [f'{folder}/cfg', *overrides, *settings]

    def push(self, agent):
        agent.push_lasting_files(self.files)


def create(agent, cfg, **options):
    """Creates a domain, with xl watching over it as usual, and leaves it. Returns its name."""
    request = Request(cfg, **options)
    request.push(agent)
    agent.check(['xl', 'create', '-q', *request.arguments])
    return request.name


class Domain:
    """A domain being run; options as for Request. `console` grows as receive() is called; `reason` is set at its end. With
    `is_quiet` nobody asks for the registers of one that crashes."""

    def __init__(self, agent, cfg, is_quiet=False, **options):
        request = Request(cfg, **options)
        request.push(agent)
        self.name = request.name
        self.console = bytearray()
        self.reason = None
        self.domid = None
        self._words = bytearray()
        self._began = time.monotonic()
        self._command = agent.start(['/rig/run-domain', *['-q'] * is_quiet, self.name, *request.arguments])

    def fileno(self):
        """To wait on with select(), after receive(0) had nothing more."""
        return self._command.fileno()

    def send(self, data):
        """Types on its console."""
        self._command.send_input(data)

    def receive(self, timeout=None):
        """More of the console's output; b'' when something else happened; None when `timeout`
        seconds passed, or are over (Port.receive()). Not to be called when `reason` is set."""
        frame = self._command.receive(timeout)
        if frame is None:
            return None
        kind, data = frame
        if kind == 'O':
            self.console += data
            return data
        if kind == 'R':
            self._words += data
            created = re.search(rb'^created: (\d+)\n', self._words, re.MULTILINE)
            if created:
                self.domid = int(created[1])
        if kind == 'Q':
            self._note_end()
        return b''

    def stop(self, reason):
        """Ends the domain if it still runs, `reason` being why."""
        if self.reason is None:
            try:
                deadline = time.monotonic() + END_SECONDS
                while self.reason is None and time.monotonic() < deadline:
                    self._command.signal(signal.SIGTERM)
                    again = time.monotonic() + ASK_AGAIN_SECONDS
                    while self.reason is None and self.receive(again - time.monotonic()) is not None:
                        pass
            except RigError:
                pass        # the machine is gone, and with it the domain
            self.reason = reason
        self._command.close()

    def result(self):
        return judge(self.name, bytes(self.console), bytes(self._words), self.reason,
                     time.monotonic() - self._began)

    def _note_end(self):
        self.reason = end_reason(self._words)
        self._command.close()


def end_reason(words):
    """The reason of the end in what run-domain said."""
    ended = re.search(rb'^ended: (.*)\n', words, re.MULTILINE)
    return ended[1].decode() if ended else 'create-failed'


def judge(name, console, words, reason, seconds):
    """The Result, from all that came from run-domain's standard output and error."""
    console = console.decode(errors='replace').replace('\r\n', '\n')
    words = words.decode(errors='replace')
    verdicts = VERDICT.findall(console)
    is_sound = reason in ('poweroff', 'reboot') and verdicts
    return Result(
        name=name, console=console, reason=reason, seconds=seconds,
        verdict=int(verdicts[-1]) if is_sound else None,
        xl_error=words.strip() if reason == 'create-failed' else '',
        registers=words.partition('ended: ')[2].partition('\n')[2])


def run(domain, timeout=None, input=None, on_output=None, silence=None):
    """Sees a domain through to its end; returns the Result. One that said nothing at all within `silence` seconds
    is ended, its reason "silent".

    `input` is bytes to type, or a function which is given all of the console's text so far each
    time more came, and returns bytes to type or None. `on_output` is given each new piece.
    """
    began = time.monotonic()
    try:
        if isinstance(input, bytes):
            domain.send(input)
        while domain.reason is None:
            is_silent = silence is not None and not domain.console
            patience = silence if is_silent else timeout
            data = domain.receive(None if patience is None else began + patience - time.monotonic())
            if data is None:
                domain.stop('silent' if is_silent else 'timeout')
            elif data:
                if on_output:
                    on_output(data)
                if callable(input):
                    answer = input(bytes(domain.console).decode(errors='replace'))
                    if answer:
                        domain.send(answer)
    finally:
        domain.stop('stopped')
    return domain.result()


def collect(agent, name):
    """What helps to understand a domain's end: Xen's log since its boot, and all of its console."""
    log = f'/var/log/xen/console/guest-{name}.log'
    xen = since_boot(agent.run(['xl', 'dmesg'])[1])
    console = agent.run(['cat', log])[1].decode(errors='replace')
    return f"--- Xen's log ---\n{xen}\n--- console log ---\n{console.rstrip()}\n"


def since_boot(log):
    """The last lines of Xen's log, but none from its boot."""
    text = log.decode(errors='replace')
    return '\n'.join(text.partition(XEN_BOOTED)[2].splitlines()[1:][-XEN_LINES:])
