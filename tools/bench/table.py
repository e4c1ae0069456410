"""Figures as text for people, and as CSV."""

import csv

import figures

# The kernels that are compared: Linux, ours, by kind of domain; and the rings of 32 bits with those of 64.
PAIRS = [('linux-pv', 'pv64'), ('linux-pvh', 'pvh64'), ('pv64', 'pv32')]
SCALE = {'us': 1000, 'instructions': 1}


def text_of(results, chosen, unit):
    names = [guest.name for guest in chosen]
    parts = [pair_text(results, base, ours, unit) for base, ours in PAIRS
             if ours in names or (base.startswith('linux') and base in names)]
    return '\n'.join(parts)


def pair_text(results, base, ours, unit):
    theirs, mine = results.rows.get(base, {}), results.rows.get(ours, {})
    lines = [f'{"":18} {base + ", " + unit:>22} {ours + ", " + unit:>22} {"ratio":>6}   hypercalls of an operation'
             f' (+ in multicalls)']
    for name in theirs or mine:
        has, have = theirs.get(name), mine.get(name)
        lines.append(f'{name:18} {time_text(has, unit):>22} {time_text(have, unit):>22} {ratio_text(has, have)}'
                     f'   {trips_text(has and has.calls)} : {trips_text(have and have.calls)}')
        lines += [f'{"":21}{label:>10} {names_text(calls)}' for label, calls in
                  ((base, has and has.xen), (ours, have and have.xen), ('own count', have and have.own)) if calls]
    lines += boot_lines(results, base, ours, unit)
    return ''.join(line.rstrip() + '\n' for line in lines)


def boot_lines(results, base, ours, unit):
    found = {name: min(results.boots[name], key=lambda boot: boot[0])
             for name in (base, ours) if name in results.boots}
    lines = ['', 'boot, from the first instruction to process 1, without devices:']
    for name, (time, calls) in found.items():
        trips, entries = figures.total(calls)
        lines.append(f'{name:18} {time / SCALE[unit]:16.0f} {unit}   {trips} hypercalls, {entries} more in multicalls')
        lines.append(f'{"":21}{names_text(calls)}')
    return lines if found else []


def time_text(figure, unit):
    if not figure or not figure.times:
        return '-'
    digits = 2 if unit == 'us' else 0
    return f'{figure.median / SCALE[unit]:.{digits}f} ({figure.spread * 100:.0f} %)'


def ratio_text(has, have):
    if not (has and have and has.times and have.times and has.median > 0):
        return f'{"-":>6}'
    return f'{have.median / has.median:6.2f}'


def trips_text(calls):
    if calls is None:
        return '-'
    trips, entries = figures.total(calls)
    return f'{trips:.1f} + {entries:.1f}' if entries >= 0.05 else f'{trips:.1f}'


def names_text(calls):
    """The largest first; what happens less than once in 50 operations is noise."""
    shown = sorted(calls.items(), key=lambda item: -sum(item[1]))
    return ', '.join(f'{name} {number_text(trips)}' + (f' + {number_text(entries)}' if entries else '')
                     for name, (trips, entries) in shown if trips + entries >= 0.02) or 'none'


def number_text(number):
    return f'{number:.0f}' if number >= 100 else f'{number:.2f}'.rstrip('0').rstrip('.')


def write_csv(results, path, unit):
    with open(path, 'w', newline='') as output:
        writer = csv.writer(output)
        writer.writerow(['guest', 'row', 'unit', 'median', 'spread', 'samples', 'counted by', 'hypercall', 'calls',
                         'in multicalls'])
        for guest, rows in results.rows.items():
            for name, figure in rows.items():
                timed = [guest, name, unit, figure.median / SCALE[unit], figure.spread, len(figure.times)] \
                    if figure.times else [guest, name, unit, '', '', 0]
                writer.writerow(timed + ['', '', '', ''])
                for by, calls in (('xen', figure.xen), ('guest', figure.own)):
                    for call, pair in sorted((calls or {}).items()):
                        writer.writerow([guest, name, unit, '', '', '', by, call, *pair])
