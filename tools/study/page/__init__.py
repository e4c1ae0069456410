"""A report whose sections mix text, tables and plots as they come.

It is one HTML file that needs nothing else; plots are SVG, drawn by matplotlib.

    made = Report('Title', lead='What it is about.')
    made.fact('machine', 'QEMU ...')
    section = made.section('1. The cost of one call', 'What was done.')
    section.plot(figure, 'What is to be seen.')
    section.table(['n', 'cost'], rows, 'What the columns are.')
    section.attach('figure-1.csv', text)
    made.write(path)

The same input gives the same bytes.
"""

import base64
import io
import itertools
from pathlib import Path

import jinja2
import matplotlib
matplotlib.use('svg')
import matplotlib.pyplot as plt  # noqa: E402 (the back-end is chosen first)

HERE = Path(__file__).resolve().parent

# Told apart by people who see colours differently (Okabe and Ito), and by their markers.
COLOURS = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#e69f00', '#56b4e9', '#666666', '#000000']
MARKERS = ['o', 's', '^', 'D', 'v', 'P', 'X', '*']

STYLE = {
    'svg.fonttype': 'none', 'font.family': 'sans-serif', 'font.size': 10, 'axes.grid': True, 'grid.alpha': 0.3,
    'axes.spines.top': False, 'axes.spines.right': False, 'axes.axisbelow': True,
    'legend.frameon': False, 'figure.figsize': (8, 4.2), 'figure.constrained_layout.use': True,
}

_plot_count = itertools.count(1)


def figure(width=8, height=4.2, **options):
    """matplotlib's (figure, axes), in the report's style."""
    with matplotlib.rc_context(STYLE):
        return plt.subplots(figsize=(width, height), **options)


def look(index):
    """Colour and marker of the line with this index, for plot()."""
    return {'color': COLOURS[index % len(COLOURS)], 'marker': MARKERS[index % len(MARKERS)], 'markersize': 5}


def svg_of(drawn):
    """The element <svg>. Names within differ from plot to plot, since all stand in one document."""
    out = io.StringIO()
    with matplotlib.rc_context({**STYLE, 'svg.hashsalt': f'plot{next(_plot_count)}'}):
        drawn.savefig(out, format='svg', metadata={'Date': None, 'Creator': None})
    plt.close(drawn)
    text = out.getvalue()
    return text[text.index('<svg'):]


class Section:
    """Blocks, shown in the order in which they were added."""

    def __init__(self, title, text=''):
        self.title, self.blocks, self.files = title, [], []
        if text:
            self.text(text)

    def text(self, text):
        """Paragraphs, separated by empty lines."""
        self.blocks += [{'kind': 'text', 'text': ' '.join(part.split())} for part in text.strip().split('\n\n')]

    def plot(self, drawn, caption=''):
        self.blocks.append({'kind': 'plot', 'svg': svg_of(drawn), 'caption': caption})

    def table(self, head, rows, caption='', is_long=False):
        """`rows`: lists of strings and numbers. A long one is folded away."""
        cells = [[cell if isinstance(cell, str) else number_text(cell) for cell in row] for row in rows]
        numeric = [all(not isinstance(row[i], str) or row[i] in ('', '-') for row in rows) for i in range(len(head))]
        self.blocks.append({'kind': 'table', 'head': head, 'rows': cells, 'numeric': numeric, 'caption': caption,
                            'is_long': is_long})

    def attach(self, name, text):
        """A file that the reader can save from the report."""
        self.files.append({'name': name, 'text': text, 'data': base64.b64encode(text.encode()).decode()})

    @property
    def anchor(self):
        return ''.join(c if c.isalnum() else '-' for c in self.title.lower()).strip('-')


class Report:
    def __init__(self, title, lead=''):
        self.title, self.lead, self.facts, self.sections = title, lead, [], []

    def fact(self, name, value):
        """A line of the table at the top: how, on what, when."""
        self.facts.append((name, value))

    def section(self, title, text=''):
        self.sections.append(Section(title, text))
        return self.sections[-1]

    def html(self):
        loader = jinja2.FileSystemLoader(str(HERE))
        environment = jinja2.Environment(loader=loader, autoescape=True, trim_blocks=True, lstrip_blocks=True)
        return environment.get_template('template.html').render(report=self)

    def write(self, path):
        Path(path).write_text(self.html(), encoding='utf-8')


def number_text(number):
    """Three digits or more, and groups of them; None is nothing to say."""
    if number is None:
        return ''
    if isinstance(number, int) or abs(number) >= 1000 or number == int(number):
        return f'{number:,.0f}'
    return f'{number:.1f}' if abs(number) >= 100 else f'{number:.2f}' if abs(number) >= 1 else f'{number:.3g}'
