"""Xen's own trace: who made which hypercalls when, as `xentrace` recorded it.

The format (public/trace.h of Xen): records of a header word (bits 0 to 27 the event, 28 to 30 the
number of further words, bit 31: 8 bytes of time stamp come first), then those. Records of a CPU
stand in order; which CPU's follow is said by a record of its own. Which domain runs on a CPU is
known from the scheduler's records.
"""

import bisect
import collections
import struct

CPU_CHANGE = 0x0001f003
LOST_RECORDS = 0x0001f001
PV_HYPERCALL = 0x0020100d
MULTICALL_ENTRY = 0x0020200e
HVM_HYPERCALL = 0x00082012
HVM_HANDLERS = 0x00082000
HVM_EXIT = 0x00081002           # with bit 8 in a 64-bit domain; the first word is the reason

# Runstate change and continuation; the new state is in bits 4 and 5, 0 for running.
RUNSTATES = (0x00021001, 0x00021002)

# What to record: hypercalls, entries of multicalls, scheduling; the second also exits of PVH domains.
EVENTS_PV = '0x00223000'
EVENTS_PVH = '0x002a3000'

MULTICALL, GRANTS = 13, 20
# Operations on a list; of these the second word is its length, and bit 31 of that says that the call is made again.
PAGE_TABLES = (1, 26)
AGAIN = 1 << 31


class LostRecords(Exception):
    pass


class Call(collections.namedtuple('Call', 'time number is_entry is_again')):
    """One hypercall: by itself, or an entry of a multicall.

    Xen does not finish a long list when it has something urgent to do: it has the guest make the
    call again, for what is left of it. To the guest that is one call; `is_again` are the others."""


class Trace:
    """What one domain did."""

    def __init__(self, data, domid, mark_leaf=None):
        """`mark_leaf`: the leaf of a CPUID instruction that a PVH domain executed as a mark."""
        self.exits = []         # (time, reason), of a PVH domain
        self.first_run = None   # the records of the CPUs are not in the order of time
        self.mark_times = []
        self.shift = 0          # the domain's time stamps, minus those of the trace
        made = []
        for time, event, words, domain in records(data):
            if domain != domid:
                continue
            if self.first_run is None or time < self.first_run:
                self.first_run = time
            if event == PV_HYPERCALL or event == HVM_HYPERCALL:
                made.append((time, False, words))
            elif event == MULTICALL_ENTRY:
                made.append((time, True, words))
            elif event & ~0x100 == HVM_EXIT:
                self.exits.append((time, words[0]))
            elif event & 0xfffff000 == HVM_HANDLERS and mark_leaf in words[:1]:
                self.mark_times.append(time)
        made.sort(key=lambda call: call[0])
        self.calls = list(calls_of(made))
        self._times = [call.time for call in self.calls]

    def fit(self, marks):
        """Finds the shift: `marks` are the domain's time stamps [before, after] each mark.

        A record's time is a little later than the instruction that it is about, and less so at no mark than at the
        one that this goes by; so on the domain's clock a call is a little late too, and still long before the guest
        goes on. Only where the machine was busier at all marks than at a call is that call early, by some hundred
        ticks; so who counts calls lets some time pass without one, before and after the moment it counts from."""
        self.shift = max(before - time for (before, _), time in zip(marks, self.mark_times))

    def between(self, start, end):
        """{number: (calls, entries)} between two time stamps of the domain's, each call once."""
        first = bisect.bisect_left(self._times, start - self.shift)
        last = bisect.bisect_right(self._times, end - self.shift)
        calls, entries = collections.Counter(), collections.Counter()
        for call in (call for call in self.calls[first:last] if not call.is_again):
            (entries if call.is_entry else calls)[call.number] += 1
        return {number: (calls[number], entries[number]) for number in calls.keys() | entries.keys()}


    def exits_between(self, start, end):
        """{reason: how many}"""
        return collections.Counter(reason for time, reason in self.exits
                                   if start <= time + self.shift <= end)


def calls_of(made):
    """Calls, in order of time, from (time, is_entry, words)."""
    left = 0                    # entries that the multicall under way has not begun
    before = ()                 # the words of the call before
    for (time, is_entry, words), after in zip(made, [*made[1:], None]):
        number = words[0] & 0xfffff
        is_again = is_repeated(words, before)
        if is_entry:
            left -= 1
        else:
            # Or it is the last entry that was interrupted.
            is_again |= number == MULTICALL and (left > 0 or bool(after and after[1] and is_repeated(after[2], ())))
            left = words[1] if number == MULTICALL and len(words) > 1 else 0
        before = words
        yield Call(time, number, is_entry, is_again)


def is_repeated(words, before):
    """Whether this is what was left of the list of the call before."""
    number = words[0] & 0xfffff
    if number in PAGE_TABLES:
        return len(words) > 1 and bool(words[1] & AGAIN)
    # Of grants nothing says so: the same operation, and fewer of them.
    return number == GRANTS and len(words) > 2 and len(before) > 2 and words[:2] == before[:2] and words[2] < before[2]


def records(data):
    """(time, event, words, the domain that ran) of each record."""
    domains = {}
    for time, event, words, cpu in records_by_cpu(data):
        if event & 0xfffff00f in RUNSTATES and not event >> 4 & 3:
            domains[cpu] = words[0] >> 16
        yield time, event, words, domains.get(cpu)


def records_by_cpu(data):
    """(time, event, words, CPU) of each record.

    What Xen did while it handled an exit of a PVH domain has no time stamp: it gets the exit's."""
    at, cpu = 0, None
    times = {}
    while at + 4 <= len(data):
        header, = struct.unpack_from('<I', data, at)
        event, count = header & 0x0fffffff, header >> 28 & 7
        at += 4
        if header >> 31:
            times[cpu], = struct.unpack_from('<Q', data, at)
            at += 8
        words = struct.unpack_from(f'<{count}I', data, at)
        at += 4 * count
        if event == CPU_CHANGE:
            cpu = words[0]
        elif event == LOST_RECORDS:
            raise LostRecords('xentrace lost records; a larger buffer is needed')
        if cpu in times:
            yield times[cpu], event, words, cpu
