"""Whether what was counted is counted again: the same number of instructions in every sample; and whether long lists cost
less for each entry than short ones."""

import collect
import quick
import runs

AGAIN = collect.BUILD / 'again'
# What is measured with interrupts masked must be the same; whole operations are interrupted by timers.
MOST = {'kernel': 0.0, 'operations': 0.01}


def differences(first, second):
    """{row: the difference of what an operation costs, as a part of it} of two runs of a guest."""
    found = {}
    for name in first.rows.keys() | second.rows.keys():
        costs = [runs.Runs([run]).cost(run.program, run.guest, run.unit, name) for run in (first, second)]
        found[name] = 1.0 if None in costs else abs(costs[0] - costs[1]) / max(costs[0], 1e-9)
    return found


def equal_rows(first, second):
    """Of how many rows every sample is the same."""
    return sum(name in second.rows and row.count == second.rows[name].count
               and first.costs(row) == second.costs(second.rows[name]) for name, row in first.rows.items())


def costlier(found):
    """{list: what each entry costs, by how many there are} of those in which none costs less than a list's only one."""
    each = {name: {n: min(found.costs(row)) / n for n, row in quick.sizes(found, name).items()} for name in quick.LISTS}
    return {name: costs for name, costs in each.items() if costs and min(costs.values()) >= costs[min(costs)]}


def check(found, subjects, say):
    """Counts again, compares with what was counted before, and tells; the exit status."""
    status = 0
    for subject in subjects:
        before = found.of(subject.program, subject.name, 'instructions')
        if not before:
            continue
        again = collect.counted(subject, 2)
        runs.save(again, AGAIN)
        different = differences(before[0], again)
        worst = max(different, key=different.get)
        print(f'{subject.program}, {subject.name}: every sample is the same in {equal_rows(before[0], again)} of '
              f'{len(different)} rows; most different is {worst}, by {different[worst] * 100:.3g} %', flush=True)
        status |= different[worst] > MOST[subject.program]
        for name, costs in costlier(again).items():
            print(f'{subject.name}: {name} costs no less in long lists: {costs}', flush=True)
            status = 1
    say('instructions are the same' if not status else 'instructions differ')
    return status
