"""The report of a study: one HTML file that needs nothing else, its plots within it as SVG.

    plot = figure("curve", lambda axes: axes.plot(x, y))
    page = render("What it costs", {"machine": "..."}, [Section("One call", tables=[...], plots=[plot])])

Text is escaped by the template; an SVG is not, so it comes from figure() only. The same figures give
the same bytes.
"""

import dataclasses
import io
import re
from pathlib import Path

try:
    import jinja2
    import matplotlib
except ImportError as error:
    raise SystemExit(f"report: {error.name} is missing: apt-get install python3-{error.name}") from error

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402 (the back-end is chosen before)

TEMPLATE = Path(__file__).parent / "report.html"


@dataclasses.dataclass
class Table:
    head: list
    rows: list
    caption: str = ""
    bold: tuple = ()        # numbers of rows


@dataclasses.dataclass
class Plot:
    svg: str
    caption: str = ""


@dataclasses.dataclass
class Section:
    heading: str
    text: list = dataclasses.field(default_factory=list)
    tables: list = dataclasses.field(default_factory=list)
    plots: list = dataclasses.field(default_factory=list)


def figure(name, draw, caption="", size=(9, 4.5)):
    """A plot that `draw` makes on the axes it is given; `name` is unique within a report."""
    with matplotlib.rc_context({"svg.hashsalt": name, "svg.fonttype": "none", "font.size": 10,
                                "axes.spines.top": False, "axes.spines.right": False}):
        canvas, axes = pyplot.subplots(figsize=size, layout="constrained")
        draw(axes)
        out = io.StringIO()
        canvas.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        pyplot.close(canvas)
    # Without XML's prologue; names within it are the page's, so they carry the plot's.
    svg = re.sub(r"^.*?(?=<svg)", "", out.getvalue(), flags=re.DOTALL)
    svg = re.sub(r'\bid="([^"]+)"', rf'id="{name}-\1"', svg)
    svg = re.sub(r'(href="|url\()#', rf'\1#{name}-', svg)
    return Plot(svg, caption)


def render(title, facts, sections):
    """The page. `facts`: {what: value}, how the figures were taken."""
    environment = jinja2.Environment(autoescape=True, trim_blocks=True, lstrip_blocks=True)
    template = environment.from_string(TEMPLATE.read_text())
    return template.render(title=title, facts=facts, sections=sections)
