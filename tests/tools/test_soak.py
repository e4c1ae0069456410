#!/usr/bin/python3
"""tools/soak: what counts as good, as lost by the emulator, as failed; over guests that are made up."""

import io
import sys
import tempfile
import unittest
from pathlib import Path

from common import TOP, load

from riglib.domain import Result

sys.path.insert(0, str(TOP / "tools"))
soak = load("tools/soak/soak")

GOOD = "soak: serves 1\nsoak: good\nverdict: 0\n"


class Place:
    """Ends as it is told, and types what the answer is."""

    def __init__(self, console=GOOD, reason="poweroff", verdict=0, page="1\n", fsck=0):
        self.result = Result("a", console, verdict, reason, 1.0)
        self.text, self.status = page, fsck
        self.typed = None

    def boot(self, answer):
        self.typed = answer(self.result.console)
        self.again = answer(self.result.console)
        return self.result

    def page(self):
        return self.text

    def fsck(self, option):
        return self.status, "words of e2fsck"


class SoakTest(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(dir=TOP)
        self.addCleanup(folder.cleanup)
        soak.BUILD = Path(folder.name)

    def count(self, place, env="pv64"):
        out = io.StringIO()
        counts = soak.run([env], 1, {env: place}, out)
        self.logs = [path.read_text() for path in soak.BUILD.glob("*.log")]
        self.text = out.getvalue()
        return dict(counts[env])

    def test_a_good_boot(self):
        place = Place()
        self.assertEqual(self.count(place), {"good": 1})
        self.assertEqual((place.typed, place.again), (b"fetched\r", None))
        self.assertEqual(self.logs, [])
        self.assertIn("1 boots in 0 min: 1 good, 0 lost by the emulator, 0 failed", self.text)

    def test_half_a_number_is_not_answered(self):
        place = Place(page="14\n")
        answer = soak.answerer(place)
        self.assertEqual([answer(text) for text in ("soak: serves 1", "soak: serves 14", "soak: serves 14\r\r\n")],
                         [None, None, b"fetched\r"])

    def test_a_wrong_page_is_told_to_the_guest(self):
        place = Place(page="7\n")
        self.count(place)
        self.assertEqual(place.typed, b"it has '7'\r")

    def test_bad_boots(self):
        for place in (Place(verdict=1), Place(console="verdict: 0\n"), Place(reason="timeout", verdict=None),
                      Place(fsck=4), Place(reason="crash", verdict=None)):
            self.assertEqual(self.count(place), {"failed": 1}, place.result)
        self.assertIn("--- crash, verdict None", self.logs[0])

    def test_the_reason_is_the_guests(self):
        self.count(Place(console="soak: failed: no answer from 10.0.0.1\nverdict: 1\n", verdict=1))
        self.assertIn("failed   0.0 s: no answer from 10.0.0.1; ", self.text)

    def test_only_pvh64_is_lost_by_the_emulator(self):
        for env, kind in (("pvh64", "lost"), ("pv64", "failed"), ("native64", "failed")):
            self.assertEqual(self.count(Place(reason="reboot", verdict=None), env), {kind: 1})
        self.assertEqual(self.count(Place(reason="reboot", verdict=1), "pvh64"), {"failed": 1})
        self.assertEqual(self.count(Place(reason="timeout", verdict=None), "pvh64"), {"failed": 1})


if __name__ == "__main__":
    unittest.main(verbosity=2)
