"""The shapes that hold on every machine, in a boot of seconds: `tools/study/batching --quick`. How long anything takes is
none of them: the host has other things to do. (That long lists cost less for each is asserted where instructions are counted,
repeat.py.)"""

import collections

import collect
import figure7
import runs
from riglib import Rig

LISTS = ('multicall', 'edit-mmu-update', 'edit-multicall-uvm', 'grant-unmap')

# name: what is asserted. `problem` is empty if it holds.
Shape = collections.namedtuple('Shape', 'name problem')


def run(env):
    """Boots the kernel of `env`, under Xen's trace where there is one; yields Shapes."""
    kernel = collect.Kernel(env, 'quick')
    if not kernel.is_xen:
        said = collect.native_said(kernel, False)
        found = runs.from_transcript(kernel, 'ticks', 1, said)
    else:
        with Rig() as rig:
            found = collect.traced(rig, kernel)
    yield from shapes(found, kernel.is_traced)


def shapes(found, is_traced=True):
    """Of a Run."""
    names = {row.partition('/')[0] for row in found.rows}
    yield Shape('rows', '' if {'map', 'unmap', 'protect', 'mask', 'clock'} <= names else f'only {sorted(names)}')
    for name in LISTS:
        if name in names:
            yield Shape(f'{name} needs a trip for a list', trips(found, name))
    if 'multicall' in names:
        yield Shape('every entry was made', entries(found))
    if is_traced and 'multicall' in names:
        wrong = [f'{name}: {words}' for name, row in found.rows.items()
                 for words in [figure7.disagreement(found, row)] if words]
        yield Shape("counters agree with Xen's trace", '; '.join(wrong))


def sizes(found, name):
    rows = ((int(row.partition('/')[2]), value) for row, value in found.rows.items() if row.startswith(name + '/'))
    return dict(sorted(rows))


def trips(found, name):
    """As many calls as lists, however long they are."""
    wrong = {n: row.own for n, row in sizes(found, name).items()
             if sum(calls for calls, _ in row.own.values()) != row.count * len(row.samples)}
    return f'{wrong}' if wrong else ''


def entries(found):
    wrong = {n: row.own for n, row in sizes(found, 'multicall').items()
             if row.own.get('xen_version') != [0, n * row.count * len(row.samples)]}
    return f'{wrong}' if wrong else ''

