"""Which tests the sources of an environment declare: KTEST(name), BREAKAGE(name, "text")."""

import json
import re
from pathlib import Path

COMMENT = re.compile(r"/\*.*?\*/|//[^\n]*", re.DOTALL)
KTEST = re.compile(r"^KTEST\((\w+)\)", re.MULTILINE)
BREAKAGE = re.compile(r'^BREAKAGE\((\w+),\s*"((?:[^"\\]|\\.)*)"\s*\)', re.MULTILINE)


def in_text(text):
    """([names], {breakage: what it must say})"""
    text = COMMENT.sub("", text)
    breakages = {name: re.sub(r"\\(.)", r"\1", said) for name, said in BREAKAGE.findall(text)}
    return KTEST.findall(text), breakages


def sources(top, build_dir):
    with open(Path(build_dir) / "compile_commands.json") as file:
        return [Path(top) / entry["file"] for entry in json.load(file)]


def declared(top, build_dir):
    """Of all sources that are linked in a build directory; names in order, without doubles."""
    tests, breakages = {}, {}
    for path in sources(top, build_dir):
        found, broken = in_text(path.read_text())
        for name in [*found, *broken]:
            if name in tests or name in breakages:
                raise ValueError(f"{path}: there is another test named {name}")
            if name in broken:
                breakages[name] = broken[name]
            else:
                tests[name] = path
    return list(tests), breakages
