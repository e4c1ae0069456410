"""Whether the kernel's own counters and Xen's trace agree, call by call."""

TITLE = "7. Our counters and Xen's trace"

TEXT = """
    Each guest was booted once while xentrace recorded. A row's hypercalls, by the kernel's own counters, must be those that the trace holds between the
    moments at which the counters were read: of each call the trips, and the entries that multicalls carried. Xen makes a guest repeat a long
    list that it interrupted; such a call is one. The return to user mode, iret, is made in the last instructions of the kernel, which count nothing: it is
    left out here, and in figure 3; figure 5 has it. The trace does not tell a PVH domain's repeated lists from others, so there the trips of multicalls
    and of grants' operations may be more than the guest made. pv32 is not here: it calls the shim, a Xen within its domain, whose calls are in nobody's trace.
    """


# Calls with a list, which Xen makes a guest repeat for what is left; of a PVH domain's its trace does not say so.
REPEATED = ('multicall', 'grant_table_op')


def section(made, found):
    part = made.section(TITLE, TEXT)
    rows, differences = [], []
    for run in (run for run in found.all if run.unit == 'trace' and is_compared(run)):
        wrong = {name: disagreement(run, row) for name, row in run.rows.items()}
        wrong = {name: words for name, words in wrong.items() if words}
        rows.append([run.guest, run.program, len(run.rows), calls(run), len(wrong)])
        differences += [[run.guest, name, words] for name, words in wrong.items()]
    part.table(['guest', 'program', 'rows', 'calls and entries counted', 'rows that differ'], rows)
    if differences:
        part.table(['guest', 'row', 'counted by the kernel / by Xen'], differences, 'Where they differ.')
    return differences


def is_compared(run):
    return not run.guest.startswith('linux') and any(row.xen is not None for row in run.rows.values())


def calls(run):
    return sum(sum(pair) for row in run.rows.values() for pair in row.own.values())


def disagreement(run, row):
    """What differs, in words; '' if nothing does."""
    own = {call: list(pair) for call, pair in row.own.items()}
    xen = {call: list(pair) for call, pair in (row.xen or {}).items()}
    for call in REPEATED if 'pvh' in run.guest else ():
        if own.get(call) and xen.get(call, [0])[0] > own[call][0]:
            xen[call] = [own[call][0], xen[call][1]]
    xen.pop('iret', None)
    different = [call for call in sorted(own.keys() | xen.keys()) if own.get(call, [0, 0]) != xen.get(call, [0, 0])]
    return ', '.join(f'{call} {own.get(call, [0, 0])} / {xen.get(call, [0, 0])}' for call in different)
