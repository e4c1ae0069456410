"""Figure 3: whole operations against the limit of the batch."""

import page
from figure import OPERATIONS, UNITS, by_n, samples_csv

TITLE = '3. Whole operations against the batch limit'
GUESTS = ('pv64', 'pv32')
LIMITS = [1 << i for i in range(11)]
SITES = 12

TEXT = """
    What a program asks for, under each limit of the kernel's batches, a knob that is turned while the kernel runs
    (/proc/paravane/batch). With 1 every entry is a hypercall of its own, with 1024 nearly all of an operation travels in
    a few. The parent that forks has 1000 pages that it has written to since the last fork; "exec" is from exec() to
    the end of the new, empty, program, "exit" from a child's exit() to the return of its parent's wait(); mmap (with
    MAP_POPULATE), munmap and mprotect are of 256 pages that are there; the shell script runs four programs, one of them in a pipe.

    Hypercalls are trips into Xen, entries are what the batches among them carried. They are the kernel's own
    counts, in the boot that Xen's trace recorded too; figure 7 says whether both agree.
    (pv32's calls go to the shim, which has no trace.)
    """


def section(made, found):
    part = made.section(TITLE, TEXT)
    for guest in GUESTS:
        if any(guest in found.guests('operations', unit) for unit in (*UNITS, 'trace')):
            guest_show(part, found, guest)
    part.attach('figure-3.csv', samples_csv(found, 'operations', OPERATIONS))


def guest_show(part, found, guest):
    limits = {row: [limit for limit in LIMITS if trips(found, guest, row, limit)] for row in OPERATIONS}
    if any(limits.values()):
        part.plot(plot(limits, lambda row, limit: trips(found, guest, row, limit)[0], 'hypercalls for one operation'),
                  f'Trips into Xen for one operation on {guest}, by the limit.')
        part.plot(plot(limits, lambda row, limit: per_trip(found, guest, row, limit), 'entries in one batch'),
                  f'What one batch carries on {guest}, by the limit.')
    for unit, words in UNITS.items():
        curves = {row: [limit for limit in LIMITS if cost(found, guest, row, limit, unit)] for row in OPERATIONS}
        if any(curves.values()):
            part.plot(plot(curves, lambda row, limit: cost(found, guest, row, limit, unit) / cost(found, guest, row, 1, unit),
                           f'{words}, of those at limit 1', is_log=False),
                      f'{words.capitalize()} of an operation on {guest}, as a part of what it costs without batching.')
            part.table([f'{words}, limit', *OPERATIONS],
                       [[str(limit), *(cost(found, guest, row, limit, unit) for row in OPERATIONS)] for limit in LIMITS], is_long=True,
                       caption=f'All of them on {guest}, in {words}.')
    if any(limits.values()):
        part.table(['hypercalls, limit', *OPERATIONS], [[str(limit), *(trips_text(found, guest, row, limit) for row in OPERATIONS)]
                                                  for limit in LIMITS], f'Hypercalls and, in brackets, entries of batches, on {guest}.', True)
        part.table(*reasons(found, guest))
        part.table(*sites(found, guest), is_long=True)


def cost(found, guest, row, limit, unit):
    return found.cost('operations', guest, unit, f'{row}/{limit}')


def trips(found, guest, row, limit):
    """(trips, entries of batches) of one operation, or None."""
    own = found.counts('operations', guest, f'{row}/{limit}')
    if own is None:
        return None
    batch = found.counts('operations', guest, f'{row}/{limit}', 'batch').get('all', (0, 0))
    return sum(pair[0] for pair in own.values()), batch[1]


def trips_text(found, guest, row, limit):
    found_trips = trips(found, guest, row, limit)
    return found_trips and f'{found_trips[0]:.1f} ({found_trips[1]:.0f})'


def per_trip(found, guest, row, limit):
    batches, entries = found.counts('operations', guest, f'{row}/{limit}', 'batch').get('all', (0, 0))
    return entries / batches if batches else 0


def plot(limits, value, words, is_log=True):
    drawn, axes = page.figure()
    for index, (row, found) in enumerate(limits.items()):
        if found:
            axes.plot(found, [value(row, limit) for limit in found], label=row, **page.look(index))
    by_n(axes, 'limit of the batch')
    if is_log:
        axes.set_yscale('log')
    else:
        axes.set_ylim(bottom=0)
    axes.set_ylabel(words)
    axes.legend(ncols=2, fontsize=8)
    return drawn


def reasons(found, guest):
    """Why batches were flushed, at the lowest, the usual and the highest limit."""
    names, rows = ['full', 'commit', 'depends', 'switch', 'user', 'sleep'], []
    for row in OPERATIONS:
        for limit in (1, 128, 1024):
            batch = found.counts('operations', guest, f'{row}/{limit}', 'batch') or {}
            rows.append([row, str(limit), *(reason_text(batch.get(f'why:{name}')) for name in names)])
    return ['operation', 'limit', *names], rows, \
        f'Batches of one operation on {guest} by why they were flushed, and in brackets what they carried.'


def reason_text(pair):
    return f'{pair[0]:.1f} ({pair[1]:.1f})' if pair and any(pair) else '-'


def sites(found, guest, limit=128):
    """Where entries came from."""
    rows = []
    for row in OPERATIONS:
        batch = found.counts('operations', guest, f'{row}/{limit}', 'batch') or {}
        queued = sorted(((name[5:], pair) for name, pair in batch.items() if name.startswith('site:')),
                        key=lambda item: (-item[1][1], item[0]))
        rows += [[row, name, pair[1], pair[0]] for name, pair in queued[:SITES] if pair[1] >= 0.1]
    return ['operation', 'where', 'entries', 'batches it ended'], rows, \
        f'Where the entries of one operation came from on {guest}, at limit {limit}: the most, {SITES} at most.'
