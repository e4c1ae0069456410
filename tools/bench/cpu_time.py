"""How long each domain ran, from Xen's trace: between any two moments, on all CPUs together.

A domain's time is from when the scheduler gave it a CPU to when it gave that to another, the idle domain
being one; so what Xen did on its behalf is in it, and what waits is not.
"""

import bisect

import xentrace


class CpuTime:
    """Of one domain. Times are those of the trace."""

    def __init__(self, data, domid):
        self._spans = []        # (from, to), of each CPU in order
        running = {}            # CPU => (domain, since)
        for time, event, words, cpu in xentrace.records_by_cpu(data):
            if event & 0xfffff00f in xentrace.RUNSTATES and not event >> 4 & 3:
                before, since = running.get(cpu, (None, time))
                if before == domid:
                    self._spans.append((since, time))
                running[cpu] = words[0] >> 16, time
        self._spans.sort()
        self._starts = [span[0] for span in self._spans]
        self._longest = max((to - since for since, to in self._spans), default=0)

    def between(self, start, end):
        first = bisect.bisect_left(self._starts, start - self._longest)
        last = bisect.bisect_right(self._starts, end)
        return sum(max(0, min(end, to) - max(start, since)) for since, to in self._spans[first:last])
