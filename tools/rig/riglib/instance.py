"""The class Rig: one running rig, by name.

An instance is either started to last (`rig start`), or for as long as a `with` block or a command
of the command line needs it. Entering `with Rig(name)` uses the instance of that name if it runs,
and leaves it running; else it starts one, which ends with the block. Without a name the instance
is private.

Instances share nothing but the saved state, which none of them changes.
"""

import contextlib
import fcntl
import itertools
import os
import signal
import time

from . import assemble, domain, recipe
from .agent import Agent
from .errors import RigError
from .machine import Machine, start_time

# The names of private instances begin so; then comes their owner's process id.
PRIVATE = 'private-'
_private_count = itertools.count(1)

# Seconds for dom0 to answer after it was restored.
ANSWER_SECONDS = 30

# Seconds for xentrace to begin and to end.
TRACE_SECONDS = 20


class Rig:
    def __init__(self, name=None, kind=recipe.PLAIN):
        self.name = name or f'{PRIVATE}{os.getpid()}-{next(_private_count)}'
        self.machine = Machine(recipe.RUN_DIR / self.name, kind)
        self.agent = Agent(self.machine, is_private=name is None)
        self._is_mine = False

    def __enter__(self):
        with self._starting():
            if not self.machine.is_running():
                self._restore(is_ephemeral=True)
                self._is_mine = True
        return self

    def __exit__(self, *exception):
        if self._is_mine:
            self.stop()

    # --- the instance ------------------------------------------------------------------------

    def start(self):
        """Starts it to last until stop(). Returns False if it was running already."""
        with self._starting():
            if self.machine.is_running():
                return False
            self._restore(is_ephemeral=False)
            return True

    def stop(self):
        with self._starting():
            self.machine.end()
        if self.name.startswith(PRIVATE):
            self._lock_path().unlink(missing_ok=True)

    def is_running(self):
        return self.machine.is_running()

    def require(self):
        if not self.is_running():
            option = '' if self.name == 'default' else f' --name {self.name}'
            raise RigError(f'instance "{self.name}" is not running; start it: rig{option} start')
        return self

    def _lock_path(self):
        return recipe.RUN_DIR / f'{self.name}.lock'

    @contextlib.contextmanager
    def _starting(self):
        recipe.RUN_DIR.mkdir(parents=True, exist_ok=True)
        with open(self._lock_path(), 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _restore(self, is_ephemeral):
        saved = assemble.build(self.machine.kind)
        sweep()
        self.machine.end()      # what a killed one may have left
        try:
            self.machine.restore(saved / 'ram', saved / 'state', is_ephemeral)
            if not self.agent.wait_until_ready(ANSWER_SECONDS):
                raise RigError(f'dom0 does not answer; QEMU says: {self.machine.last_words()}')
            self._refresh()
        except BaseException:
            self.machine.end()
            raise

    def _refresh(self):
        """The saved dom0 believes it is still the time of its saving, and so does its Xen; and
        all restored from it would draw the same random numbers."""
        self.agent.check(['sh', '-c', f'date -s @{time.time():.3f} >/dev/null; cat >/dev/urandom'],
                         input=os.urandom(64))

    # --- dom0 --------------------------------------------------------------------------------

    def exec(self, command, timeout=None, input=b''):
        """Runs a command in dom0: a list, or a string for its shell.

        Returns (exit status, standard output, standard error), the latter two as text."""
        argv = ['sh', '-c', command] if isinstance(command, str) else list(command)
        status, out, err = self.agent.run(argv, timeout, input)
        return status, out.decode(errors='replace'), err.decode(errors='replace')

    def push(self, source, destination):
        self.agent.push(source, destination)

    def pull(self, source, destination):
        self.agent.pull(source, destination)

    # --- domains -----------------------------------------------------------------------------

    def start_domain(self, cfg, **options):
        """Creates a domain and returns it running, as a domain.Domain; see there for options."""
        return domain.Domain(self.agent, cfg, **options)

    def run_domain(self, cfg, timeout=None, input=None, on_output=None, silence=None, **options):
        """Runs a domain to its end and returns a domain.Result. Several may run at once, each in
        a thread of its own, if their names differ (name=...)."""
        return domain.run(self.start_domain(cfg, **options), timeout, input, on_output, silence)

    @contextlib.contextmanager
    def tracing(self, destination, events=recipe.TRACE_EVENTS):
        """While the block runs, xentrace records; then its records go to a file of the host's."""
        records = '/rig/run/trace'
        with self.agent.start(['xentrace', '-D', '-e', events, '-S', '512', records]) as tracer:
            # it has begun when there is a file
            self.agent.check(['sh', '-c', f'until [ -e {records} ]; do sleep 0.1; done'], TRACE_SECONDS)
            yield
            tracer.signal(signal.SIGINT)
            while tracer.status is None:
                if tracer.receive(TRACE_SECONDS) is None:
                    raise RigError('xentrace does not end')
        self.pull(records, destination)
        self.agent.check(['rm', records])

    def domid(self, name):
        """The number of the domain of that name; "" if there is none."""
        return self.agent.run(['/rig/domid', name])[1].decode().strip()

    def domains(self):
        """The domains there are, dom0 included, by their numbers."""
        return self.agent.check(['xenstore-list', '/local/domain']).split()

    def collect(self, name):
        return domain.collect(self.agent, name)


def running():
    """The names of all instances which have a folder."""
    return sorted(path.name for path in recipe.RUN_DIR.glob('*') if path.is_dir())


def sweep():
    """Removes what private instances left behind whose owners were killed."""
    for name in running():
        if name.startswith(PRIVATE) and not start_time(name.split('-')[1]):
            Rig(name).stop()
