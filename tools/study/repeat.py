"""Whether what was counted is counted again: the same number of instructions in every sample."""

import collect


def differences(first, second):
    """{row: the largest difference of a sample's instructions, as a part of them} of two runs of a guest."""
    found = {}
    for name in first.rows.keys() | second.rows.keys():
        pair = [run.costs(run.rows[name]) if name in run.rows else [] for run in (first, second)]
        found[name] = max((abs(a - b) / max(a, 1e-9) for a, b in zip(*pair)), default=1.0) \
            if len(pair[0]) == len(pair[1]) else 1.0
    return found


def check(found, subjects, say):
    """Counts again, compares with what was counted before, and tells; the exit status."""
    status = 0
    for subject in subjects:
        before = found.of(subject.program, subject.name, 'instructions')
        if not before:
            continue
        different = differences(before[0], collect.counted(subject, 2))
        most = max(different.values(), default=0)
        equal = sum(value == 0 for value in different.values())
        print(f'{subject.program}, {subject.name}: {equal} of {len(different)} rows equal, the most different by '
              f'{most * 100:.3g} %', flush=True)
        status |= most > 0.01
    say('instructions are the same' if not status else 'instructions differ')
    return status
