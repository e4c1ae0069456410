#!/usr/bin/python3
"""tools/ksyms.py: the table it makes is assembled and read back the way the kernel reads it."""

import struct
import tempfile
import unittest
from pathlib import Path

from common import run

NM = """\
ffffffff80100000 T entry
ffffffff80100010 t helper
ffffffff80100010 T helper_alias
ffffffff80100020 T .Llocal
ffffffff80100040 T last
ffffffff80200000 D data
                 U undefined
"""


def table(nm_output):
    status, text = run("tools/ksyms.py", input=nm_output)
    assert status == 0, text
    with tempfile.TemporaryDirectory() as folder:
        source, obj, raw = (Path(folder) / name for name in ("k.S", "k.o", "k.bin"))
        source.write_text(text)
        for argv in (["gcc", "-c", source, "-o", obj],
                     ["objcopy", "-O", "binary", "-j", ".ksyms", obj, raw]):
            status, text = run(*argv)
            assert status == 0, text
        return raw.read_bytes()


def entries(data):
    """[(address, name)]"""
    base, count = struct.unpack_from("<QQ", data)
    offsets = struct.unpack_from(f"<{count}I", data, 16)
    names = struct.unpack_from(f"<{count}I", data, 16 + 4 * count)
    text = data[16 + 8 * count:]
    return [(base + o, text[n:text.index(b"\0", n)].decode()) for o, n in zip(offsets, names)]


class Ksyms(unittest.TestCase):
    def test_functions_by_address(self):
        self.assertEqual(entries(table(NM)), [(0xffffffff80100000, "entry"), (0xffffffff80100010, "helper"),
                                              (0xffffffff80100040, "last")])

    def test_nothing(self):
        self.assertEqual(entries(table("")), [])


if __name__ == "__main__":
    unittest.main()
