"""Figure 6: what needs no call at all."""

import page
from figure import OPERATIONS, UNITS, samples_csv

TITLE = '6. What needs no call'
# What is done: (row of the plain access or instruction, of the call, of the instruction that Xen traps and carries out).
KINDS = {
    'mask and unmask interrupts': ('mask', None, 'mask-trapped'),
    'read the time': ('clock', None, None),
    'read where the last fault was': ('cr2-memory', None, 'cr2-trapped'),
    'give and end a grant': ('grant-entry', None, None),
    'one entry of a page table': ('edit-store', 'edit-uvm', 'edit-trapped'),
    'the lazy-FPU bit': (None, 'task-switched-call', 'task-switched-trapped'),
    'the base of FS': (None, 'segment-base-call', 'segment-base-trapped'),
}
ROWS = tuple(dict.fromkeys(row for rows in KINDS.values() for row in rows if row))
PRIVATE = 'edit-build-pin'
LIMIT = 1024
# Calls that are never in a batch of the kernel's.
UNBATCHED = ('set_timer_op', 'sched_op', 'event_channel_op', 'vcpu_op', 'grant_table_op', 'console_io', 'xen_version', 'physdev_op')
PLAIN = {'mask': 'interrupts masked or unmasked', 'time': 'the time read', 'table': 'entries of private tables', 'grant': 'grants'}

TEXT = """
    The cheapest call is none. What a kernel on bare hardware does by an instruction that only a supervisor may execute, a PV kernel can do in three
    ways: by a plain access of memory that it shares with Xen, or has not yet told Xen of; by a hypercall; or by that instruction, which traps, is decoded and
    carried out. What is missing, Xen does not offer, or the kernel does not need. The entry of a page table is written plainly while the table is
    private; what is shown for it has in it that Xen looks at the entry later, when the table is pinned.
    """

SHARE_TEXT = """
    How much of whole operations that is, on {guest} with a limit of 1024: what the kernel did by memory alone, as one of its images counts it, beside
    what it asked of Xen: entries of batches, each entry of a list by itself, and calls that are made singly; and in how many trips. The reading of the
    time by programs, which needs no kernel either, is not in it.
    """


def section(made, found):
    part = made.section(TITLE, TEXT)
    for unit, words in UNITS.items():
        for guest in ('pv64', 'pv32'):
            if found.cost('kernel', guest, unit, 'mask'):
                part.plot(bars(found, guest, unit), f'{words.capitalize()} for one operation on {guest}.')
    columns = [(unit, guest) for unit in UNITS for guest in found.guests('kernel', unit)]
    rows = [[words, *(found.cost('kernel', guest, unit, row) for unit, guest in columns)]
            for words, row in (('mask and unmask interrupts', 'mask'), ('read the time', 'clock'), ('give and end a grant', 'grant-entry'))]
    part.table(['by memory alone', *(f'{guest}, {UNITS[unit]}' for unit, guest in columns)], rows)
    for guest in found.guests('operations', 'plain'):
        part.text(SHARE_TEXT.format(guest=guest))
        part.table(['operation', *PLAIN.values(), 'asked of Xen', 'in trips', 'without a call'], list(shares(found, guest)))
    part.attach('figure-6.csv', samples_csv(found, 'kernel', ROWS))


def shares(found, guest):
    """Of each operation: how often what stands in PLAIN was done, what was asked of Xen besides, and the share of the former."""
    for name in OPERATIONS:
        row = f'{name}/{LIMIT}'
        kinds = found.counts('operations', guest, row, 'plain', 'plain')
        calls = found.counts('operations', guest, row, 'own', 'plain')
        if kinds is None or calls is None:
            continue
        memory = [kinds.get(kind, (0, 0))[0] for kind in PLAIN]
        batched = found.counts('operations', guest, row, 'batch', 'plain').get('all', (0, 0))[1]
        asked = batched + sum(pair[0] for call, pair in calls.items() if call in UNBATCHED)
        trips = sum(pair[0] for pair in calls.values())
        yield [name, *memory, asked, trips, f'{100 * sum(memory) / (sum(memory) + asked):.1f} %']


def plain(found, guest, unit, row):
    """The plain store is what bare hardware does; within a private table a domain's is no other."""
    if row == 'edit-store':
        costs = dict(found.curve('kernel', guest, unit, PRIVATE))
        return (costs[512] - costs[1]) / 511 if 512 in costs else None
    return row and found.cost('kernel', guest, unit, row)


def bars(found, guest, unit):
    drawn, axes = page.figure(height=4.6)
    labels = ('plain access', 'hypercall', 'trapped and carried out')
    for index, label in enumerate(labels):
        for at, rows in enumerate(reversed(KINDS.values())):
            cost = plain(found, guest, unit, rows[0]) if index == 0 else rows[index] and found.cost('kernel', guest, unit, rows[index])
            if cost:
                axes.barh(at + 0.25 - index * 0.25, cost, 0.22, color=page.look(index)['color'])
                axes.annotate(page.number_text(cost), (cost, at + 0.25 - index * 0.25), xytext=(4, 0),
                              textcoords='offset points', va='center', fontsize=8)
        axes.barh(0, 0, color=page.look(index)['color'], label=label)
    axes.set_yticks(range(len(KINDS)), list(reversed(KINDS)))
    axes.set_xscale('log')
    axes.margins(x=0.15)
    axes.set_xlabel(f'{UNITS[unit]} for one')
    axes.legend(loc='lower left', bbox_to_anchor=(0, 1), ncols=3)
    axes.grid(axis='y', visible=False)
    return drawn
