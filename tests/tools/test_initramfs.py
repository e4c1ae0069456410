#!/usr/bin/python3
"""tools/initramfs: packages are fetched once, whoever wants them at the same time."""

import os
import subprocess
import tempfile
import unittest
from pathlib import Path

TOP = Path(__file__).resolve().parents[2]

# In place of Debian's: each takes its time, and unpacking where somebody else does is noticed.
APT_GET = """#!/bin/sh
echo fetched >>"$COUNT"
sleep 0.3
touch busybox-static_1_amd64.deb
"""
DPKG_DEB = """#!/bin/sh
mkdir "$3" || exit 1
sleep 0.3
"""
ASK = """
import importlib.machinery, importlib.util
loader = importlib.machinery.SourceFileLoader("initramfs", "TOOL")
tool = importlib.util.module_from_spec(importlib.util.spec_from_loader("initramfs", loader))
loader.exec_module(tool)
print(tool.package_unpack("busybox-static"))
"""


class Packages(unittest.TestCase):
    def test_three_at_once_fetch_it_once(self):
        with tempfile.TemporaryDirectory() as folder:
            bin_folder, count = Path(folder, "bin"), Path(folder, "count")
            bin_folder.mkdir()
            for name, text in (("apt-get", APT_GET), ("dpkg-deb", DPKG_DEB)):
                (bin_folder / name).write_text(text)
                (bin_folder / name).chmod(0o755)
            environment = {**os.environ, "PATH": f"{bin_folder}:{os.environ['PATH']}", "COUNT": str(count)}
            asking = [subprocess.Popen(["/usr/bin/python3", "-B", "-c", ASK.replace("TOOL", str(TOP / "tools/initramfs"))], cwd=folder,
                                       env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
                      for _ in range(3)]
            self.assertEqual([asked.communicate(timeout=60)[0] for asked in asking], ["build/packages/busybox-static\n"] * 3)
            self.assertEqual(count.read_text(), "fetched\n")


if __name__ == "__main__":
    unittest.main()
