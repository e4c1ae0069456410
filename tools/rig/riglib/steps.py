"""How what takes long is made: with a line for each step, once, and whole or not at all, under a name that says of what."""

import contextlib
import fcntl
import hashlib
import shutil
import sys
import time


def digest_of(sources, *texts):
    """A short hash over files (Path), by their names and contents, and texts."""
    digest = hashlib.sha256()
    for source in sources:
        digest.update(source.name.encode() + b'\0' + source.read_bytes())
    for text in texts:
        digest.update(text.encode() + b'\0')
    return digest.hexdigest()[:12]


@contextlib.contextmanager
def step(title):
    """One line per step: what is done, then how long it took."""
    print(f'rig: {title} ...', end='', file=sys.stderr, flush=True)
    began = time.monotonic()
    try:
        yield
    except BaseException:
        print(' failed', file=sys.stderr)
        raise
    print(f' {time.monotonic() - began:.1f} s', file=sys.stderr)


@contextlib.contextmanager
def only_one(lock, other='another build'):
    """One at a time: who comes second waits, then finds the work done. `lock` is a path; `other` is what is waited for."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with open(lock, 'w') as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            with step(f'waiting for {other}'):
                fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def becoming(folder):
    """A folder to fill, which gets its name at the end; older ones of its kind then go, but the one that was last used:
    another tree, or this one a commit ago, may have it still."""
    part = folder.with_name(folder.name + '.part')
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir()
    yield part
    part.rename(folder)
    kind = folder.name.split('-')[0]
    others = [other for other in folder.parent.glob(f'{kind}-*') if other != folder]
    for other in sorted(others, key=lambda other: other.stat().st_mtime)[:-1]:
        shutil.rmtree(other, ignore_errors=True)
