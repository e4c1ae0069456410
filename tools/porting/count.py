"""Lines of files and of regions: physical ones, and those that are left without comments and blanks.

The counter is cloc (Debian's). A region's code is what its file has less without it: so comments
that the region is part of, or has parts of, are judged where they stand.
"""

import csv
import io
import re
import shutil
import subprocess
import tempfile
from pathlib import Path

from description import Refused



def cloc(*options, folder):
    if not shutil.which("cloc"):
        raise Refused("cloc is missing: apt-get install cloc")
    result = subprocess.run(["cloc", "--quiet", "--skip-uniqueness", "--timeout=0", *options], cwd=folder,
                            text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    if result.returncode:
        raise Refused(f"cloc failed: {result.stdout.strip()}")
    return result.stdout


def language_options(languages):
    return [f"--force-lang={language},{ending}" for ending, language in languages.items()]


def code_lines(folder, paths, languages):
    """{path: lines of code} for those that cloc has a language for; an empty file has none."""
    if not paths:
        return {}
    with tempfile.NamedTemporaryFile("w", suffix=".list") as names:
        names.write("\n".join(paths) + "\n")
        names.flush()
        text = cloc("--by-file", "--csv", *language_options(languages), f"--list-file={names.name}",
                    folder=folder)
    rows = csv.reader(io.StringIO(text))
    return {re.sub(r"^\./", "", row[1]): int(row[4]) for row in rows if len(row) >= 5 and row[4].isdigit()
            and row[0] != "SUM"}


def physical_lines(path):
    data = path.read_bytes()
    return data.count(b"\n") + (1 if data and not data.endswith(b"\n") else 0)


class Counter:
    """Counts the pieces of a tree."""

    def __init__(self, top, languages):
        self.top, self.languages = Path(top), languages

    def count(self, pieces):
        """[(piece, physical, code)], in order."""
        wanted = [p for p in pieces if p.rule.systems or p.lines is not None]
        whole = code_lines(self.top, sorted({p.path for p in wanted}), self.languages)
        self._expect_known(wanted, whole)
        cut = self._regions([p for p in pieces if p.lines is not None], whole)
        result = []
        for piece in pieces:
            if piece.lines is not None:
                result.append((piece, len(piece.lines), cut[piece]))
                continue
            physical = physical_lines(self.top / piece.path)
            code = whole.get(piece.path, 0)
            taken = [p for p in cut if p.path == piece.path] if piece.path in self._cut_paths else []
            result.append((piece, physical - sum(len(p.lines) for p in taken), code - sum(cut[p] for p in taken)))
        return result

    def _expect_known(self, pieces, counted):
        """What belongs to a system and is not empty has a language."""
        unknown = sorted({p.path for p in pieces if p.path not in counted
                          and (self.top / p.path).read_text(errors="replace").strip()})
        if unknown:
            raise Refused("cloc knows no language for what belongs to a system (say it under [languages]):\n"
                          + "\n".join(unknown[:20]))

    def _regions(self, regions, whole):
        """{region: its code}: of each file copies with one region less after the other."""
        self._cut_paths = {p.path for p in regions}
        with tempfile.TemporaryDirectory() as folder:
            copies = {}
            for number, piece in enumerate(regions):
                before = [p for p in regions[:number + 1] if p.path == piece.path]
                gone = {n for p in before for n in p.lines}
                lines = (self.top / piece.path).read_text(errors="replace").splitlines(keepends=True)
                name = f"{number}{Path(piece.path).suffix}"
                (Path(folder) / name).write_text("".join(l for n, l in enumerate(lines) if n not in gone))
                copies[piece] = name
            counted = code_lines(folder, list(copies.values()), self.languages)
        cut, left = {}, {}
        for piece in regions:
            after = counted.get(copies[piece], 0)
            cut[piece] = left.get(piece.path, whole.get(piece.path, 0)) - after
            left[piece.path] = after
        return cut


def stripped(top, paths, languages):
    """{path: its lines without comments and blanks}."""
    with tempfile.TemporaryDirectory() as folder:
        names = {}
        for number, path in enumerate(paths):
            names[path] = f"{number}{Path(path).suffix}"
            shutil.copy(Path(top) / path, Path(folder) / names[path])
        if paths:
            cloc("--strip-comments=code", "--original-dir", *language_options(languages), ".", folder=folder)
        result = {}
        for path, name in names.items():
            out = Path(folder) / f"{name}.code"
            result[path] = out.read_text(errors="replace").splitlines() if out.exists() else []
    return result
