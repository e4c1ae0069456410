"""A domain's disks and network: files of the host's behind xen-blkback, an interface on dom0's bridge.

A disk is copied to dom0 (only what is in it: extents.py), where a loop device makes a block device of
it, and copied back when all is over, whatever ended it. The host's file changes at that moment only, as
a whole: it is renamed over the old one. What was written is lost if this process is killed.

What Xen's hotplug scripts do is done by the rig's agent: on a busy machine xl's patience ends before theirs.
"""

import contextlib
import fcntl
import io
import itertools
import os
from pathlib import Path

from . import extents, recipe
from .errors import RigError

BRIDGE = 'xenbr0'

# Of dom0's agent (dom0/agent/hotplug.c).
DISK_SCRIPT = '/rig/hotplug-disk'
NET_SCRIPT = '/rig/hotplug-vif'

EXTENTS = '/rig/run/extents'

# A file system of dom0's for files with holes, larger than its root.
FOLDER = '/run'

_count = itertools.count(1)


def disk_spec(device, vdev='xvda', access='rw'):
    """xl's words for a disk that is a block device of dom0's."""
    return f'format=raw,script={DISK_SCRIPT},vdev={vdev},access={access},target={device}'


def net_spec():
    """xl's words for an interface on the bridge."""
    return f'bridge={BRIDGE},script={NET_SCRIPT}'


def settings(disks=(), has_net=False):
    """For xl: the disks named by their block devices in dom0, xvda first; the interface."""
    specs = [disk_spec(device, f'xvd{chr(ord("a") + number)}') for number, device in enumerate(disks)]
    words = [f'disk=[{",".join(map(quoted, specs))}]'] if specs else []
    return words + ([f'vif=[{quoted(net_spec())}]'] if has_net else [])


def quoted(text):
    return f'"{text}"'


@contextlib.contextmanager
def attached(agent, paths, has_net=False):
    """The settings of a domain with these files of the host's as disks, within a `with` block."""
    if not paths and not has_net:
        yield []
        return
    with contextlib.ExitStack() as stack:
        yield settings([stack.enter_context(copied(agent, Path(path))) for path in paths], has_net)


@contextlib.contextmanager
def copied(agent, path):
    """The block device in dom0 that holds the file while the block runs."""
    there = f'{FOLDER}/disk-{os.getpid()}.{next(_count)}'
    with locked(path):
        stream = io.BytesIO()
        extents.get(path, stream)
        agent.push(recipe.RIG_DIR / 'dom0' / 'extents', EXTENTS)
        agent.check([EXTENTS, 'put', there], input=stream.getvalue())
        device = agent.check(['losetup', '-f', '--show', there]).strip()
        try:
            yield device
        finally:
            fetch(agent, there, path)
            agent.check(['sh', '-c', f'losetup -d {device}; rm {there}'])


def fetch(agent, there, path):
    part = path.with_name(f'{path.name}.part')
    try:
        status, data, err = agent.run(['sh', '-c', f'sync; {EXTENTS} get {there}'])
        if status:
            raise RigError(err.decode(errors='replace').strip())
        extents.put(part, io.BytesIO(data))
        part.rename(path)
    except (RigError, EOFError, OSError) as error:
        part.unlink(missing_ok=True)
        raise RigError(f'{path} stays as it was before this run: the disk cannot be copied back: {error}')


@contextlib.contextmanager
def locked(path):
    """One user at a time."""
    try:
        # The file itself is exchanged, so its name stands for it.
        with open(path.with_name(f'{path.name}.lock'), 'w') as lock:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield
    except BlockingIOError:
        raise RigError(f'{path} is in use by another run')
