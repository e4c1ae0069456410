#!/usr/bin/python3
"""What other programs take from the rig's modules is there: bench, soak and studies are not run by every test."""

import ast
import importlib
import sys
import types
import unittest

from common import TOP

sys.path.insert(0, str(TOP / "tools" / "rig"))


def python_files():
    for path in sorted([*(TOP / "tools").rglob("*"), *(TOP / "tests").rglob("*")]):
        if path.is_file() and (path.suffix == ".py" or path.read_bytes()[:40].startswith(b"#!/usr/bin/python3")):
            yield path


def missing(source):
    """Names of modules of riglib's that this text uses and that are not there."""
    tree = ast.parse(source)
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom) and node.module == "riglib"]
    modules = {alias.asname or alias.name: importlib.import_module("riglib").__dict__.get(alias.name) or
               importlib.import_module(f"riglib.{alias.name}") for node in imports for alias in node.names}
    return [f"{node.value.id}.{node.attr}" for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name)
            and isinstance(modules.get(node.value.id), types.ModuleType) and not hasattr(modules[node.value.id], node.attr)]


class NamesTest(unittest.TestCase):
    def test_what_others_use_is_there(self):
        users = {path.relative_to(TOP): missing(path.read_bytes()) for path in python_files()}
        self.assertGreater(len(users), 50)
        self.assertEqual({path: names for path, names in users.items() if names}, {})

    def test_what_is_not_there_is_found(self):
        self.assertEqual(missing("from riglib import Rig, devices\nRig.nothing\ndevices.settings\ndevices.nothing"), ["devices.nothing"])


if __name__ == "__main__":
    unittest.main()
