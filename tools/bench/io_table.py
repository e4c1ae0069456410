"""Of each row and guest: the time of an operation, the guest's and dom0's part of it, hypercalls of both."""

import csv
import statistics

import figures
import table
from cpu_time import CpuTime

DOM0 = 0
# What one operation of a row moves, in KiB; others are counted, not weighed.
KIB = {'read-4K': 4, 'read-64K': 64, 'read-1M': 1024, 'write-4K': 4, 'write-64K': 64, 'write-1M': 1024,
       'tcp-send': 64, 'tcp-receive': 64, 'tcp-send-512': 64, 'tcp-receive-512': 64}
# To reach: Linux's throughput, and this part of its guest's time.
CPU_GOAL = 0.8


class Figure:
    """Of one row on one guest: medians over all samples of all runs, of one operation."""

    def __init__(self):
        self.times, self.guest, self.dom0 = [], [], []
        self.guest_calls = self.dom0_calls = None


class Results:
    """{guest: {row: Figure}}; `scale` nanoseconds are one of `unit`."""

    def __init__(self, unit, scale):
        self.unit, self.scale, self.rows = unit, scale, {}

    def add(self, name, said, trace, data, domid):
        guest, dom0 = CpuTime(data, domid), CpuTime(data, DOM0)
        dom0_calls = figures.xentrace.Trace(data, DOM0)
        dom0_calls.shift = trace.shift
        per = said.ticks_per_ns * self.scale
        for row in said.rows.values():
            if row.name == 'nothing':
                continue
            figure = self.rows.setdefault(name, {}).setdefault(row.name, Figure())
            for start, end in row.samples:
                span = start - trace.shift, end - trace.shift
                figure.times.append((end - start) / row.count / per)
                figure.guest.append(guest.between(*span) / row.count / per)
                figure.dom0.append(dom0.between(*span) / row.count / per)
            figure.guest_calls = figures.traced_calls(row, trace)
            figure.dom0_calls = figures.traced_calls(row, dom0_calls)


def text_of(results):
    return '\n'.join(pair_text(results, base, ours) for base, ours in table.PAIRS
                     if ours in results.rows or is_linux(base) and base in results.rows)


def is_linux(name):
    return name.startswith('linux')


def pair_text(results, base, ours):
    theirs, mine = results.rows.get(base, {}), results.rows.get(ours, {})
    lines = [f'{base} : {ours}, {results.unit} of an operation; hypercalls; of which event channel operations', '',
             f'{"":16} {"time":>25}  {"guest":>25}  {"dom0":>25}   {"hypercalls":>13} {"events":>11}'
             f' {"dom0 events":>11}']
    for name in theirs or mine:
        has, have = theirs.get(name), mine.get(name)
        parts = [part_text(has and getattr(has, part), have and getattr(have, part))
                 for part in ('times', 'guest', 'dom0')]
        lines.append(f'{name:16} {"  ".join(parts)}   {calls_text(has, have, None):>13} '
                     f'{calls_text(has, have, "event_channel_op"):>11} '
                     f'{calls_text(has, have, "event_channel_op", "dom0_calls"):>11}  {verdict(has, have) if is_linux(base) else ""}')
        lines += [f'{"":18}{label:>8}, {where}: {table.names_text(getattr(figure, where + "_calls"))}'
                  for label, figure in ((base, has), (ours, have)) if figure for where in ('guest', 'dom0')]
    return ''.join(line.rstrip() + '\n' for line in lines)


def part_text(has, have):
    """Both, and the ratio."""
    one, two = (statistics.median(values) if values else None for values in (has, have))
    ratio = f'{two / one:5.2f}' if one and two else '    -'
    return f'{number_text(one):>9} {number_text(two):>9} {ratio}'


def number_text(number):
    if number is None:
        return '-'
    return f'{number:.0f}' if number >= 1000 else f'{number:.1f}'


def calls_text(has, have, name, whose='guest_calls'):
    return ' : '.join('-' if figure is None else f'{calls_of(getattr(figure, whose), name):.2f}'
                      for figure in (has, have))


def calls_of(calls, name):
    if name is None:
        return figures.total(calls)[0]
    return sum(calls.get(name, (0, 0)))


def verdict(has, have):
    """What is missed of the goal."""
    if not has or not have:
        return ''
    slower = statistics.median(have.times) > statistics.median(has.times)
    dearer = statistics.median(have.guest) > CPU_GOAL * statistics.median(has.guest)
    return ', '.join(word for word, is_so in (('slower', slower), ('CPU', dearer)) if is_so)


def write_csv(results, path):
    with open(path, 'w', newline='') as output:
        writer = csv.writer(output)
        writer.writerow(['guest', 'row', 'unit', 'time', 'guest time', 'dom0 time', 'KiB', 'hypercalls', 'events', 'dom0 events'])
        for guest, rows in results.rows.items():
            for name, figure in rows.items():
                writer.writerow([guest, name, results.unit,
                                 *(statistics.median(values) for values in (figure.times, figure.guest, figure.dom0)),
                                 KIB.get(name, ''), figures.total(figure.guest_calls)[0],
                                 calls_of(figure.guest_calls, 'event_channel_op'),
                                 calls_of(figure.dom0_calls, 'event_channel_op')])
