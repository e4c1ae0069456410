"""What the figures share."""

import csv
import io

import matplotlib.ticker

# How a run's unit is called in the report.
UNITS = {'instructions': 'instructions', 'ticks': 'nanoseconds'}
# The whole operations, rows of tests/study/operations.
OPERATIONS = ('fork', 'exec', 'exit', 'mmap', 'munmap', 'mprotect', 'shell')


def is_of(name, wanted):
    """Whether a row is one of those, NAME or NAME/n."""
    return name.partition('/')[0] in wanted


def samples_csv(found, program, wanted):
    """Every sample, and what was counted in them, as text."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator='\n')
    writer.writerow(['guest', 'repetition', 'row', 'n', 'measured', 'what', 'value for one operation'])
    for run in found.all:
        for name, row in run.rows.items() if run.program == program else ():
            if is_of(name, wanted):
                base, _, n = name.partition('/')
                writer.writerows([run.guest, run.number, base, n, *cells] for cells in values_of(run, row))
    return out.getvalue()


def values_of(run, row):
    """(measured, what, value) of a row: costs, or calls."""
    if run.unit in UNITS:
        yield from ((UNITS[run.unit], 'sample', f'{cost:.10g}') for cost in run.costs(row))
        return
    operations = row.count * len(row.samples)
    for by, calls in (('calls by own count', row.own), ("calls by Xen's trace", row.xen)):
        for call, (trips, entries) in sorted((calls or {}).items()):
            yield by, call, f'{trips / operations:.10g}'
            yield by.replace('calls', 'entries', 1), call, f'{entries / operations:.10g}'
    for reason, count in sorted((row.exits or {}).items()):
        yield "exits by Xen's trace", reason, f'{count / operations:.10g}'


def by_n(axes, what):
    """The axis below shows how many are done at once, in powers of two."""
    axes.set_xscale('log', base=2)
    axes.xaxis.set_major_formatter('{x:.0f}')
    axes.xaxis.set_minor_locator(matplotlib.ticker.NullLocator())
    axes.set_xlabel(what)
