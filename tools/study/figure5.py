"""Figure 5: the same program in each environment, and on Linux."""

import page
from figure import OPERATIONS, UNITS, samples_csv

TITLE = '5. The same program elsewhere'
GUESTS = ('native64', 'pvh64', 'linux-pvh', 'pv64', 'linux-pv', 'pv32')
# Of AMD's, APM 2, appendix C.
EXITS = {'0x60': 'interrupt', '0x64': 'virtual interrupt', '0x72': 'CPUID', '0x78': 'HLT', '0x7b': 'I/O', '0x7c': 'MSR',
         '0x81': 'VMMCALL', '0x400': 'nested page fault'}

TEXT = """
    One static binary, the same byte for byte, is process 1 of this kernel in each of its environments and of Debian's Linux 6.1 as a domain of the
    same Xen, with 256 MB and one virtual CPU. The kernel's batches have their usual limit, 128. Hypercalls are those in Xen's trace: trips
    and, after the plus sign, what they carried as multicalls. A PVH domain edits its page tables itself; what it costs are exits, of which hypercalls are some.

    On pv32 the binary is another one, of the same source for i386; and its hypercalls are those of its own counters, since it calls the shim, a
    Xen within its domain, whose calls the machine's Xen does not see. The returns to programs, a call each on pv64, are none there.
    """


def section(made, found):
    part = made.section(TITLE, TEXT)
    for unit, words in UNITS.items():
        guests = [guest for guest in GUESTS if guest in found.guests('operations', unit)]
        if guests:
            part.plot(bars(found, guests, unit), f'{words.capitalize()} for one operation.')
            part.table([words, *guests], [[row, *(cost(found, guest, unit, row) for guest in guests)] for row in OPERATIONS], is_long=True,
                       caption=f'All of them, in {words}.')
    guests = [guest for guest in GUESTS if guest in found.guests('operations', 'trace')]
    part.table(["hypercalls, by Xen's trace", *(f'{guest}, own count' if has_no_trace(found, guest) else guest for guest in guests)],
               [[row, *(calls_text(found, guest, row) for guest in guests)] for row in OPERATIONS])
    pvh = [guest for guest in guests if 'pvh' in guest]
    if pvh:
        part.table(['exits', *pvh], [[row, *(exits_text(found, guest, row) for guest in pvh)] for row in OPERATIONS],
                   'Exits of PVH domains for one operation, the most frequent reasons in brackets.')
    part.attach('figure-5.csv', samples_csv(found, 'operations', OPERATIONS))


def name_of(found, guest, row):
    """With the knob a row has its limit in its name."""
    known = {name for run in found.all if run.program == 'operations' and run.guest == guest for name in run.rows}
    return f'{row}/128' if f'{row}/128' in known else row


def cost(found, guest, unit, row):
    return found.cost('operations', guest, unit, name_of(found, guest, row))


def has_no_trace(found, guest):
    return all(row.xen is None for run in found.of('operations', guest, 'trace') for row in run.rows.values())


def calls_text(found, guest, row):
    by = 'own' if has_no_trace(found, guest) else 'xen'
    calls = found.counts('operations', guest, name_of(found, guest, row), by)
    if calls is None:
        return ''
    trips, entries = (sum(pair[i] for pair in calls.values()) for i in (0, 1))
    return f'{trips:.1f} + {entries:.1f}' if entries >= 0.05 else f'{trips:.1f}'


def exits_text(found, guest, row):
    for run in found.of('operations', guest, 'trace'):
        seen = run.rows.get(name_of(found, guest, row))
        if seen and seen.exits is not None:
            operations = seen.count * len(seen.samples)
            most = sorted(seen.exits.items(), key=lambda item: -item[1])[:3]
            words = ', '.join(f'{EXITS.get(reason, reason)} {count / operations:.1f}' for reason, count in most)
            return f'{sum(seen.exits.values()) / operations:.1f} ({words})'
    return ''


def bars(found, guests, unit):
    drawn, axes = page.figure()
    width = 0.8 / len(guests)
    for index, guest in enumerate(guests):
        axes.bar([at + index * width for at in range(len(OPERATIONS))], [cost(found, guest, unit, row) or 0 for row in OPERATIONS], width,
                 label=guest, color=page.look(index)['color'])
    axes.set_xticks([at + 0.4 - width / 2 for at in range(len(OPERATIONS))], OPERATIONS)
    axes.set_yscale('log')
    axes.set_ylabel(f'{UNITS[unit]} for one operation')
    axes.legend(ncols=2, fontsize=8)
    return drawn
