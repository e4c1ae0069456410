"""The rig's program in dom0 (dom0/agent), compiled on the host: dom0 has no compiler."""

import functools
import subprocess
import tempfile
from pathlib import Path

from . import recipe
from .errors import RigError

# Linked statically: so it starts and forks with few pages.
COMPILE = ['gcc', '-std=gnu17', '-O2', '-Wall', '-Wextra', '-Wshadow', '-Wconversion', '-Werror', '-static']


@functools.cache
def agent():
    """Its bytes."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, 'agent')
        sources = [str(path) for path in recipe.AGENT_SOURCES if path.suffix == '.c']
        done = subprocess.run([*COMPILE, '-o', str(out), *sources], capture_output=True, text=True)
        if done.returncode:
            raise RigError(f'the agent does not compile (apt-get install gcc libc6-dev?):\n{done.stderr}')
        subprocess.run(['strip', str(out)], check=False)
        return out.read_bytes()
