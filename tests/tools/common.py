"""What the tests of the tools share."""

import importlib.machinery
import importlib.util
import subprocess
import sys
from pathlib import Path

TOP = Path(__file__).resolve().parent.parent.parent
sys.path[:0] = [str(TOP / "tests"), str(TOP / "tools"), str(TOP / "tools" / "rig")]
sys.dont_write_bytecode = True


def load(path):
    """A script without a .py as a module."""
    name = path.rsplit("/", 1)[-1].replace("-", "_").removesuffix(".py")
    loader = importlib.machinery.SourceFileLoader(name, str(TOP / path))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


def run(*argv, **options):
    """(status, output with standard error)"""
    options = {"cwd": TOP, **options}
    result = subprocess.run([str(a) for a in argv], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                            text=True, stdin=subprocess.DEVNULL if "input" not in options else None, **options)
    return result.returncode, result.stdout
