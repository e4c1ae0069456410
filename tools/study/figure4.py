"""Figure 4: grants, one by one and in lists; requests; notifications of a ring."""

import page
from figure import UNITS, by_n, samples_csv

TITLE = '4. Grants and events'
LISTS = {'grant-copy': 'copy', 'grant-map': 'map', 'grant-unmap': 'unmap'}
REQUESTS = {
    'request-map': 'transient: granted, mapped, unmapped, ended',
    'request-copy': 'transient: granted, copied by Xen, ended',
    'request-reuse': 'persistent: granted once, copied by the guest',
    'grant-entry': 'only granted and ended, without a call',
}
EVENTS = {'event-send': 'sent to a port that is pending already', 'event-round': 'sent, delivered and handled'}
RING = 'ring'
ROWS = (*LISTS, *REQUESTS, *EVENTS, RING)

TEXT = """
    Who maps or copies is another domain as a rule, a back-end; here it is the guest itself, to which Xen is as thorough. A copy is of a whole page
    of 4096 bytes. Xen flushes TLBs once for a list of unmappings, which is what makes long lists cheap. (A PVH domain cannot map
    its own grants without losing the page; so there is no mapping of it.)
    """
REQUEST_TEXT = """
    What one request with one page costs, if the page is granted for it and the grant ended afterwards, or if a page that was granted once
    for all is used and the data copied.
    """
RING_TEXT = """
    A ring of 32 slots, whose other end, a back-end, runs only when n requests wait: so n is how full the ring is. The front-end publishes
    each request by itself, and sends a notification exactly if the back-end asked for one. n = 1 is a back-end that is always idle, and
    needs a notification for each request; a busy one is told once. The cost is of one request with its answer, notification and delivery included.
    """


def section(made, found):
    part = made.section(TITLE, TEXT)
    for unit, words in UNITS.items():
        guests = [guest for guest in found.guests('kernel', unit) if found.curve('kernel', guest, unit, 'grant-copy')]
        if guests:
            part.plot(curves(found, guests, unit), f'{words.capitalize()} for one grant, by how many a list has.')
    part.text(REQUEST_TEXT)
    part.table(*costs(found, REQUESTS, 'one request'))
    part.text(RING_TEXT)
    for unit, words in UNITS.items():
        guests = [guest for guest in found.guests('kernel', unit) if found.curve('kernel', guest, unit, RING)]
        if guests:
            part.plot(ring(found, guests, unit), f'{words.capitalize()} and notifications for one request, by how many wait in the ring.')
    part.table(*costs(found, EVENTS, 'one notification'))
    part.attach('figure-4.csv', samples_csv(found, 'kernel', ROWS))


def costs(found, names, head):
    columns = [(unit, guest) for unit in UNITS for guest in found.guests('kernel', unit)
               if any(found.cost('kernel', guest, unit, row) for row in names)]
    return [head, *(f'{guest}, {UNITS[unit]}' for unit, guest in columns)], \
        [[words, *(found.cost('kernel', guest, unit, row) for unit, guest in columns)] for row, words in names.items()]


def curves(found, guests, unit):
    drawn, axes = page.figure()
    for name, words in LISTS.items():
        for guest in guests:
            curve = found.curve('kernel', guest, unit, name)
            if curve:
                axes.plot([n for n, _ in curve], [cost / n for n, cost in curve], label=f'{words} ({guest})',
                          **page.look(len(axes.lines)))
    by_n(axes, 'grants in one list, n')
    axes.set_ylim(bottom=0)
    axes.set_ylabel(f'{UNITS[unit]} for one')
    axes.legend()
    return drawn


def notifications(found, guest, n):
    calls = found.counts('kernel', guest, f'{RING}/{n}') or {}
    return calls.get('event_channel_op', (0, 0))[0] / n


def ring(found, guests, unit):
    drawn, (left, right) = page.figure(ncols=2)
    for index, guest in enumerate(guests):
        curve = found.curve('kernel', guest, unit, RING)
        left.plot([n for n, _ in curve], [cost / n for n, cost in curve], label=guest, **page.look(index))
        if found.of('kernel', guest, 'trace'):
            right.plot([n for n, _ in curve], [notifications(found, guest, n) for n, _ in curve], label=guest,
                       **page.look(index))
    left.set_ylabel(f'{UNITS[unit]} for one request')
    right.set_ylabel('notifications for one request')
    for axes in (left, right):
        by_n(axes, 'requests that wait, n')
        axes.set_ylim(bottom=0)
    left.legend()
    return drawn
