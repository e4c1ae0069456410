"""Figure 2: one page-table edit, every way there is."""

import page
from figure import UNITS, by_n, samples_csv

TITLE = '2. One page-table edit, every way there is'

# Rows without a number: one edit at a time; what they are called, and where.
SINGLE = {
    'edit-store': 'store, by the processor',
    'edit-store-flush': 'store and INVLPG',
    'edit-trapped': 'store that Xen traps and carries out',
    'edit-uvm': 'update_va_mapping',
    'edit-uvm-flush': 'update_va_mapping with INVLPG',
    'edit-mmu-update/1': 'mmu_update of one',
    'edit-multicall-uvm/1': 'multicall of one update_va_mapping',
    'edit-build-pin/1': 'a new table with one entry, pinned',
}
LISTS = {
    'edit-mmu-update': 'mmu_update, list of n',
    'edit-multicall-uvm': 'multicall of n update_va_mapping',
    'edit-build-pin': 'n stores into a new table, then pinned',
}
TRANSACTIONS = {'map': 'map', 'protect': 'protect', 'unmap': 'unmap'}
ROWS = tuple({name.partition('/')[0] for name in SINGLE}) + tuple(LISTS) + tuple(TRANSACTIONS)

TEXT = """
    An entry of a leaf table that is in use and maps a writable page is made to map another one. On bare hardware that is a
    store. To Xen the table is registered, so the guest may not write it: Xen looks at the old entry and the new, counts the
    references to both frames, and writes. The ways to ask for it are: a store, which faults, is decoded, and carried out
    (the assist "writable page tables"); update_va_mapping, a call for one entry; mmu_update, a list of n entries; a multicall of n update_va_mapping; and
    not to edit at all, but to fill in a table that Xen does not know yet with plain stores, and to have it pinned: then Xen looks at all
    of its 512 entries, once.
    """

LATER = """
    The same as the kernel does it: a transaction maps, protects or unmaps n pages of an address space that is in use, with
    all that belongs to it: finding the entries, the batch, and the flush of what the TLB may hold (none to map, one INVLPG
    for each page up to 16, else all). The limit of a batch is 1024 entries here.
    """


def section(made, found):
    part = made.section(TITLE, TEXT)
    for unit, words in UNITS.items():
        guests = [guest for guest in found.guests('kernel', unit) if any(found.cost('kernel', guest, unit, row) for row in SINGLE)]
        if not guests:
            continue
        part.plot(bars(found, guests, unit), f'{words.capitalize()} for one edit, one at a time.')
        lists = [guest for guest in guests if found.curve('kernel', guest, unit, 'edit-mmu-update')]
        if lists:
            part.plot(curves(found, lists, unit), f'{words.capitalize()} for one edit, by how many are asked for together. '
                      'The dashed lines are the ways that know no lists.')
    part.table(*singles(found))
    part.text(LATER)
    for unit, words in UNITS.items():
        guests = [guest for guest in found.guests('kernel', unit) if found.curve('kernel', guest, unit, 'map')]
        if guests:
            part.plot(transactions(found, guests, unit), f'{words.capitalize()} for one page, by how many a transaction has.')
    part.attach('figure-2.csv', samples_csv(found, 'kernel', ROWS))


def singles(found):
    columns = [(unit, guest) for unit in UNITS for guest in found.guests('kernel', unit)
               if any(found.cost('kernel', guest, unit, row) for row in SINGLE)]
    rows = [[words, *(found.cost('kernel', guest, unit, row) for unit, guest in columns)] for row, words in SINGLE.items()]
    rows += [[f'{words}, n = 512', *(of_each(found, guest, unit, name, 512) for unit, guest in columns)]
             for name, words in LISTS.items()]
    return ['one edit', *(f'{guest}, {UNITS[unit]}' for unit, guest in columns)], rows, \
        'Of one edit; in lists, the part of one.'


def of_each(found, guest, unit, name, n):
    cost = found.cost('kernel', guest, unit, f'{name}/{n}')
    return cost and cost / n


def bars(found, guests, unit):
    values = [(words, guest, found.cost('kernel', guest, unit, row)) for row, words in SINGLE.items()
              for guest in guests]
    values = [value for value in values if value[2]]
    drawn, axes = page.figure(height=0.35 * len(values) + 1)
    for at, (words, guest, cost) in enumerate(reversed(values)):
        axes.barh(at, cost, color=page.look(guests.index(guest))['color'])
        axes.annotate(page.number_text(cost), (cost, at), xytext=(4, 0), textcoords='offset points', va='center')
    axes.set_yticks(range(len(values)), [f'{words} ({guest})' for words, guest, _ in reversed(values)])
    axes.set_xlabel(f'{UNITS[unit]} for one edit')
    axes.margins(x=0.12)
    axes.grid(axis='y', visible=False)
    return drawn


def curves(found, guests, unit):
    drawn, axes = page.figure()
    index = 0
    for guest in guests:
        more = f' ({guest})' if len(guests) > 1 else ''
        for name, words in LISTS.items():
            curve = found.curve('kernel', guest, unit, name)
            axes.plot([n for n, _ in curve], [cost / n for n, cost in curve], label=words + more, **page.look(index))
            index += 1
        for name in ('edit-trapped', 'edit-uvm'):
            cost = found.cost('kernel', guest, unit, name)
            if cost:
                axes.axhline(cost, linestyle='--', linewidth=1, color=page.look(index)['color'], label=SINGLE[name] + more)
                index += 1
    axes.set_yscale('log')
    axes.yaxis.set_major_formatter('{x:,.0f}')
    by_n(axes, 'edits at once, n')
    axes.set_ylabel(f'{UNITS[unit]} for one edit')
    axes.legend(fontsize=8)
    return drawn


def transactions(found, guests, unit):
    drawn, axes = page.figure()
    for index, guest in enumerate(guests):
        for name, style in zip(TRANSACTIONS, ('-', '--', ':')):
            curve = found.curve('kernel', guest, unit, name)
            axes.plot([n for n, _ in curve], [cost / n for n, cost in curve], linestyle=style,
                      label=f'{name} ({guest})', **page.look(index))
    axes.set_yscale('log')
    axes.yaxis.set_major_formatter('{x:,.0f}')
    by_n(axes, 'pages in one transaction, n')
    axes.set_ylabel(f'{UNITS[unit]} for one page')
    axes.legend(fontsize=8, ncols=len(guests))
    return drawn
