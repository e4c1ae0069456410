"""Figure 1: the cost of one trip into Xen, and of one call that travels with others."""

import fit
import page
from figure import UNITS, by_n, samples_csv

TITLE = '1. The cost of one call'
ROWS = ('null-call', 'null-call-page', 'multicall')

TEXT = """
    The call is xen_version(XENVER_version): it takes no lock and touches no memory of the guest's, and its result shows
    that it was made. It is made by the instruction for it (syscall, int $0x82 from ring 1, or vmmcall), inline, and through the stub in Xen's hypercall page.
    "Single" is one such call, in a loop; a multicall carries n of them, and filling in its
    list is part of its cost. Of each n the cost T(n) of the whole multicall is measured, and a + b n laid through
    the points: a is the trip, b is one entry.

    What there is to gain is the difference between a single call and b. "Break-even" is the n from which on a multicall is cheaper
    than n single calls; "90 %" is the n at which 90 % of what there is to gain is gained.
    """


def section(made, found):
    part = made.section(TITLE, TEXT)
    rows = []
    for unit, words in UNITS.items():
        guests = [guest for guest in found.guests('kernel', unit) if found.curve('kernel', guest, unit, 'multicall')]
        if guests:
            rows += [fit_row(found, guest, unit) for guest in guests]
            part.plot(plot(found, guests, unit), f'{words.capitalize()} for one null call, by how many travel together. '
                      'The dashed lines are single calls, each a trip; crosses mark 90 % of the gain.')
    part.table(['guest', 'measured in', 'single call', 'by the page', 'a: trip', 'b: entry', 'farthest from the line',
                'break-even n', 'n for 90 %'], rows, 'The line through the costs of multicalls.')
    part.attach('figure-1.csv', samples_csv(found, 'kernel', ROWS))


def fitted(found, guest, unit):
    """(the cost of a single call, the Fit of multicalls)"""
    return found.cost('kernel', guest, unit, 'null-call'), fit.line(found.curve('kernel', guest, unit, 'multicall'))


def fit_row(found, guest, unit):
    single, line = fitted(found, guest, unit)
    return [guest, UNITS[unit], single, found.cost('kernel', guest, unit, 'null-call-page'), line.a, line.b, f'{line.error * 100:.1f} %',
            line.break_even(single), line.share_point(single)]


def plot(found, guests, unit):
    drawn, axes = page.figure()
    for index, guest in enumerate(guests):
        look = page.look(index)
        curve = found.curve('kernel', guest, unit, 'multicall')
        single, line = fitted(found, guest, unit)
        axes.plot([n for n, _ in curve], [cost / n for n, cost in curve], label=guest, **look)
        axes.axhline(single, color=look['color'], linestyle='--', linewidth=1)
        at = line.share_point(single)
        if at:
            axes.plot([at], [line.a / at + line.b], marker='x', markersize=11, markeredgewidth=2, color=look['color'])
    axes.set_ylim(bottom=0)
    by_n(axes, 'calls in one multicall, n')
    axes.set_ylabel(f'{UNITS[unit]} for one call')
    axes.legend()
    return drawn
