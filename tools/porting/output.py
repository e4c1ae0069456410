"""The study's figures as text, as CSV, and as a report."""

import csv
import dataclasses

import page
from description import KINDS

COUNTS = {"physical": "physical lines", "code": "lines without comments and blanks"}
MARK = "*"      # of what was published and not measured here

DEFINITION = ("Lines added or modified for the port, and what part they are of the x86 code base without device "
              "drivers.")


@dataclasses.dataclass
class Table:
    head: list
    rows: list
    caption: str


def number(value):
    return "-" if value is None else f"{value:,}"


def percent(value):
    return f"{value:.2f} %"


# ---- the paper's table -------------------------------------------------------------------------

def table_columns(published, ports, which):
    """[(name, [cells])], published ones first; those say nothing of comments."""
    columns = []
    if which == "physical":
        for column in published["column"]:
            cells = [number(column.get(kind)) for kind in KINDS]
            columns.append((column["name"] + MARK, [*cells, number(column["total"]), percent(column["portion"])]))
    for port in ports:
        cells = [number(getattr(port.rows[kind], which)) for kind in KINDS]
        columns.append((port.name, [*cells, number(getattr(port.total, which)), percent(port.portion(which))]))
    return columns


def paper_table(published, ports, which):
    columns = table_columns(published, ports, which)
    labels = [*KINDS.values(), "Total", "(Portion of the x86 code base)"]
    rows = [[label, *(cells[n] for _, cells in columns)] for n, label in enumerate(labels)]
    return Table(["OS subsection", *(name for name, _ in columns)], rows, f"In {COUNTS[which]}.")


# ---- subsystems --------------------------------------------------------------------------------

SUBSYSTEM_HEAD = ["subsystem", "row", "files", "physical", "code", "added", "modified", "kept"]


def subsystem_rows(port):
    parts = sorted(port.subsystems.items(), key=lambda item: (list(KINDS).index(item[1].kind), -item[1].lines.code))
    rows = [[name, KINDS[s.kind], len(s.files), number(s.lines.physical), number(s.lines.code), number(s.added),
             number(s.modified), number(s.kept)] for name, s in parts]
    every = port.subsystems.values()
    total = port.total
    rows.append(["Total", "", len({f for s in every for f in s.files}), number(total.physical), number(total.code),
                 *(number(sum(getattr(s, what) for s in every)) for what in ("added", "modified", "kept"))])
    return rows


def subsystem_table(port):
    caption = (f"{port.name} against {port.baseline}. Added, modified, kept are of the code: kept stands in the "
               f"baseline's file of the same name too. The baseline has {number(port.left_out.code)} lines of code "
               f"that this system has not.")
    return Table(SUBSYSTEM_HEAD, subsystem_rows(port), caption)


# ---- text --------------------------------------------------------------------------------------

def table_text(table):
    cells = [[str(cell) for cell in row] for row in [table.head, *table.rows]]
    widths = [max(len(row[n]) for row in cells) for n in range(len(table.head))]
    lines = [table.caption]
    for row in cells:
        lines.append("  ".join(cell.ljust(w) if n == 0 else cell.rjust(w)
                               for n, (cell, w) in enumerate(zip(row, widths))).rstrip())
    lines.insert(len(lines) - len(table.rows), "-" * (sum(widths) + 2 * len(widths) - 2))
    return "\n".join(lines) + "\n"


def text_of(published, ports):
    parts = [DEFINITION + "\n"]
    parts += [table_text(paper_table(published, ports, which)) for which in COUNTS]
    parts.append(f"{MARK} published, not measured here: {published['source']}.\n")
    parts += [table_text(subsystem_table(port)) for port in ports]
    return "\n".join(parts)


# ---- CSV ---------------------------------------------------------------------------------------

def write_csv(path, head, rows):
    with open(path, "w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(head)
        writer.writerows(rows)


def write_all_csv(folder, published, ports, files):
    """`files`: [(tree, counted pieces)]"""
    rows = [[c["name"], "published", kind, c.get(kind, ""), ""] for c in published["column"] for kind in [*KINDS, "total"]]
    rows += [[c["name"], "published", "portion", c["portion"], ""] for c in published["column"]]
    for port in ports:
        named = {**port.rows, "total": port.total, "code base": port.base, "left out": port.left_out}
        rows += [[port.name, "measured", what, lines.physical, lines.code] for what, lines in named.items()]
        rows.append([port.name, "measured", "portion", *(f"{port.portion(which):.4f}" for which in COUNTS)])
    write_csv(folder / "table.csv", ["system", "source", "row", "physical", "code"], rows)
    write_csv(folder / "subsystems.csv", ["system", "subsystem", "row", "files", "physical", "code", "added", "modified", "kept"],
              [[port.name, name, s.kind, len(s.files), s.lines.physical, s.lines.code, s.added, s.modified, s.kept]
               for port in ports for name, s in port.subsystems.items()])
    write_csv(folder / "files.csv", ["tree", "file", "lines", "systems", "row", "subsystem", "physical", "code", "why"],
              [[tree, piece.path, spans(piece.lines), " ".join(sorted(piece.rule.systems)), piece.rule.kind,
                piece.rule.subsystem, physical, code, piece.rule.why]
               for tree, counted in files for piece, physical, code in counted])


def spans(lines):
    """Numbers of lines from 1, as "3-5 9"; "" is what regions left of a file."""
    found = []
    for n in lines or ():
        if found and found[-1][1] == n:
            found[-1][1] = n + 1
        else:
            found.append([n + 1, n + 1])
    return " ".join(str(a) if a == b else f"{a}-{b}" for a, b in found)


# ---- the report --------------------------------------------------------------------------------

def stacked(names, series, height):
    """Bars of several parts, one below the other; [(part, values)]."""
    drawn, axes = page.figure(height=height)
    left = [0] * len(names)
    for index, (label, values) in enumerate(series):
        axes.barh(names, values, left=left, label=label, color=page.look(index)["color"])
        left = [a + b for a, b in zip(left, values)]
    axes.invert_yaxis()
    axes.set_xlabel("lines")
    axes.legend()
    return drawn


def report_of(facts, published, ports, folder):
    """`facts`: {what: value}; the CSV files of `folder` go into it too."""
    made = page.Report("The cost of porting", lead=DEFINITION)
    for what, value in facts.items():
        made.fact(what, value)
    section = made.section("What a port costs", f"{MARK} Published, not measured here: {published['source']}.")
    for which in COUNTS:
        table = paper_table(published, ports, which)
        section.table(table.head, table.rows, table.caption)
    columns = published["column"]
    names = [c["name"] + MARK for c in columns] + [port.name for port in ports]
    series = [(label, [c.get(kind, 0) for c in columns] + [port.rows[kind].physical for port in ports])
              for kind, label in KINDS.items()]
    section.plot(stacked(names, series, 4.2), "Physical lines, by the rows of the table.")
    section.attach("table.csv", (folder / "table.csv").read_text())
    for port in ports:
        section = made.section(port.name)
        table = subsystem_table(port)
        section.table(table.head, table.rows, table.caption)
        parts = sorted(port.subsystems.items(), key=lambda item: -item[1].lines.code)
        bars = [(what, [getattr(s, what) for _, s in parts]) for what in ("added", "modified", "kept")]
        section.plot(stacked([name for name, _ in parts], bars, 1.5 + 0.35 * len(parts)),
                     "Lines of code: added, modified, and kept as the baseline has them.")
    section.attach("subsystems.csv", (folder / "subsystems.csv").read_text())
    return made
