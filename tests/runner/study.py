"""The jobs that take the measurements of tests/study quickly, and assert what must hold on any machine.

Those of Xen environments have a rig of their own, which records Xen's trace.
"""

import re

from . import core
from .boot import make
from .core import Job, Outcome
from .process import command

ENVS = ("native64", "pv64", "pv32")
LINE = re.compile(r"^(ok|FAIL) (\w+) ([^:\n]+)(?:: (.*))?$", re.MULTILINE)


def jobs():
    return [study_job(env) for env in ENVS]


def study_job(env):
    prefix = f"{env} study"

    def run(wanted):
        make(env, "study")
        status, text = command(["tools/study/batching", "--quick", "--guests", env], timeout=900)
        core.write_log(prefix, text)
        found = list(outcomes(prefix, text))
        yield from found
        if core.lies(status, found):
            yield Outcome(prefix, "error", f"exit status {status}: {text.strip().splitlines()[-1:]}")
    return Job([prefix], run, is_open_ended=True)


def outcomes(prefix, text):
    for word, _, name, why in LINE.findall(text):
        yield Outcome(f"{prefix} {name}", "success" if word == "ok" else "failure", why)
