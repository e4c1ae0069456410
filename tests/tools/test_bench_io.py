#!/usr/bin/python3
"""tools/bench/io: parts of time out of a trace, and the table; its program's other end, here."""

import copy
import struct
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

from common import TOP, run

sys.path.insert(0, str(TOP / "tools" / "bench"))

import io_table  # noqa: E402 (the path comes first)
import transcript  # noqa: E402
import xentrace  # noqa: E402
from cpu_time import CpuTime  # noqa: E402


def record(event, *words, time):
    return struct.pack("<IQ", event | len(words) << 28 | 1 << 31, time) + struct.pack(f"<{len(words)}I", *words)


def cpu(number):
    return struct.pack("<III", 0x0001f003 | 2 << 28, number, 100)


def runs(domain, time):
    return record(0x00021101, domain << 16, 0, time=time)


IDLE = 32767
TRACE = cpu(0) + runs(IDLE, 0) + runs(7, 10) + record(0x0020100d, 32, time=15) + runs(0, 20) \
    + record(0x0020100d, 32, time=21) + record(0x0020100d, 29, time=22) + runs(7, 30) + runs(IDLE, 34) \
    + cpu(1) + runs(IDLE, 0) + runs(7, 25) + record(0x00021021, 7 << 16, 0, time=26) + runs(IDLE, 28)

REPORT = """bench: start 0
bench: mark 0 0
bench: row nothing 1
bench: sample 0 0
bench: row tcp-send 2
bench: sample 10 34
bench: clock 10 10
verdict: 0
"""


class TimeTest(unittest.TestCase):
    def test_spans_of_all_cpus(self):
        guest = CpuTime(TRACE, 7)
        self.assertEqual(guest.between(0, 100), 10 + 4 + 3)
        self.assertEqual(guest.between(12, 15), 3)
        self.assertEqual(guest.between(26, 31), 2 + 1)
        self.assertEqual(guest.between(20, 25), 0)
        self.assertEqual(CpuTime(TRACE, 0).between(0, 100), 10)


class TableTest(unittest.TestCase):
    def setUp(self):
        self.results = io_table.Results("ns", 1)
        said = transcript.parse(REPORT)
        for name in ("linux-pv", "pv64"):
            self.results.add(name, said, xentrace.Trace(TRACE, 7), TRACE, 7)

    def test_an_operation(self):
        figure = self.results.rows["pv64"]["tcp-send"]
        self.assertEqual((figure.times, figure.guest, figure.dom0), ([12.0], [17 / 2], [5.0]))
        self.assertEqual(figure.guest_calls["event_channel_op"], (0.5, 0.0))
        self.assertEqual(sum(pair[0] for pair in figure.dom0_calls.values()), 1.0)

    def test_the_goal(self):
        has, have = (self.results.rows[name]["tcp-send"] for name in ("linux-pv", "pv64"))
        self.assertEqual(io_table.verdict(has, have), "CPU")
        have.guest = [0.7 * 17 / 2]
        self.assertEqual(io_table.verdict(has, have), "")
        have.times = [13.0]
        self.assertEqual(io_table.verdict(has, have), "slower")
        self.assertRegex(io_table.text_of(self.results), r"tcp-send +12\.0 +13\.0  1\.08 .* slower\n")

    def test_what_is_compared_with_what(self):
        self.assertNotIn("pv32", io_table.text_of(self.results))
        self.results.rows["pv32"] = {"tcp-send": copy.copy(self.results.rows["pv64"]["tcp-send"])}
        self.results.rows["pv32"]["tcp-send"].times = [24.0]
        rings = io_table.text_of(self.results).partition("pv64 : pv32")[2]
        self.assertRegex(rings, r"tcp-send +12\.0 +24\.0  2\.00 ")
        self.assertNotRegex(rings, "slower|CPU")


class PeerTest(unittest.TestCase):
    """The program with the word "peer" serves what the rows ask for."""

    def setUp(self):
        status, text = run("make", "build/bench/io")
        self.assertEqual(status, 0, text)
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        # In a network of its own: the port may be somebody's.
        self.ours = ["unshare", "--map-root-user", "--net", "--pid", "--fork", "sh", "-c",
                     f"ip link set lo up; {TOP}/build/bench/io peer >/dev/null 2>&1 & sleep 1; exec python3 {folder.name}/ask"]
        self.script = Path(folder.name, "ask")

    def ask(self, text):
        self.script.write_text("import socket, struct\ndef talk(first):\n"
                               "    s = socket.create_connection(('127.0.0.1', 5001)); s.sendall(first); return s\n"
                               + text)
        done = subprocess.run(self.ours, capture_output=True, text=True, timeout=60)
        return done.stdout, done.stderr

    def test_all_kinds(self):
        out, err = self.ask("""
s = talk(b'i'); s.sendall(struct.pack('<Q', 100000) + bytes(100000)); print(len(s.recv(9)))
s = talk(b'o'); s.sendall(struct.pack('<Q', 5000)); print(len(s.recv(5000, socket.MSG_WAITALL)))
s = talk(b'e'); s.sendall(b'x'); print(s.recv(9))
s = talk(b'1'); print(len(s.recv(9)), len(s.recv(9)))
u = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); u.settimeout(5); u.connect(('127.0.0.1', 5001))
for i in range(64): u.send(b'c' + bytes(63))
print(len(u.recv(99)))
u.send(b'a' + bytes(63)); print(sum(len(u.recv(99)) for i in range(64)))
""")
        self.assertEqual(out.split(), ["1", "5000", "b'x'", "1", "0", "64", "4096"], err)


if __name__ == "__main__":
    unittest.main(verbosity=2)
