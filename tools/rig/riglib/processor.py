"""The processor time of processes."""

import os

TICKS = os.sysconf('SC_CLK_TCK')


def seconds_of(pid):
    """What a process and those it waited for took so far; it may have ended if nobody waited for it yet. 0 if there is
    none."""
    try:
        with open(f'/proc/{pid}/stat') as file:
            fields = file.read().rpartition(')')[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return 0.0
    return sum(map(int, fields[11:15])) / TICKS
