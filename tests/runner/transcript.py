"""What a guest's console says about its tests (kernel/include/kernel/ktest.h).

    ktest NAME: begin
    ktest NAME: success|skip|failure|error[: why]

Other lines may stand between, and each may begin with a time stamp.
"""

import dataclasses
import re
from typing import Dict, Optional, Tuple

LINE = re.compile(r"\bktest (\w+): (begin|success|skip|failure|error)\b(?:: (.*))?")
# What a dying kernel says first.
LAST_WORDS = re.compile(r"\b(panic|broken|verdict)\b.*|.*\bpage fault\b.*", re.IGNORECASE)


@dataclasses.dataclass
class Transcript:
    verdicts: Dict[str, Tuple[str, str]]    # name => (verdict, why); the worst, if there are several
    crashed: Optional[str]                  # begun, and no verdict
    last_words: str                         # after that begin

    def remaining(self, names):
        """Those of `names` about which it says nothing."""
        return [name for name in names if name not in self.verdicts and name != self.crashed]


ORDER = ["success", "skip", "failure", "error"]


def parse(console):
    verdicts = {}
    open_test = None
    tail = []
    for line in console.splitlines():
        match = LINE.search(line)
        if not match:
            tail.append(line)
            continue
        name, word, why = match[1], match[2], (match[3] or "").strip()
        if word == "begin":
            open_test, tail = name, []
            continue
        if name not in verdicts or ORDER.index(word) > ORDER.index(verdicts[name][0]):
            verdicts[name] = (word, why)
        if name == open_test:
            open_test = None
    return Transcript(verdicts, open_test, last_words(tail) if open_test else "")


def last_words(lines):
    """The panic's line, or the last one that is not empty."""
    for line in lines:
        if LAST_WORDS.search(line):
            return line.strip()
    said = [line.strip() for line in lines if line.strip()]
    return said[-1] if said else "the guest said nothing more"
