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


def table(nm_output, width):
    status, text = run("tools/ksyms.py", str(width), input=nm_output)
    assert status == 0, text
    with tempfile.TemporaryDirectory() as folder:
        source, obj, raw = (Path(folder) / name for name in ("k.S", "k.o", "k.bin"))
        source.write_text(text)
        for argv in (["gcc", f"-m{width}", "-c", source, "-o", obj],
                     ["objcopy", "-O", "binary", "-j", ".ksyms", obj, raw]):
            status, text = run(*argv)
            assert status == 0, text
        return raw.read_bytes()


def entries(data, width):
    """[(address, name)]"""
    head = struct.Struct("<QQ" if width == 64 else "<II")
    base, count = head.unpack_from(data)
    offsets = struct.unpack_from(f"<{count}I", data, head.size)
    names = struct.unpack_from(f"<{count}I", data, head.size + 4 * count)
    text = data[head.size + 8 * count:]
    return [(base + o, text[n:text.index(b"\0", n)].decode()) for o, n in zip(offsets, names)]


class Ksyms(unittest.TestCase):
    def test_functions_by_address(self):
        for width, page in ((64, 0xffffffff80100000), (32, 0x80100000)):
            nm = NM if width == 64 else NM.replace("ffffffff8", "8")
            self.assertEqual(entries(table(nm, width), width),
                             [(page, "entry"), (page + 0x10, "helper"), (page + 0x40, "last")])

    def test_nothing(self):
        for width in (64, 32):
            self.assertEqual(entries(table("", width), width), [])


if __name__ == "__main__":
    unittest.main()
