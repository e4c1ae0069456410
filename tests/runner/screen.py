"""What a person would see: the screen of a terminal that is given a program's output.

As much of a VT100 as Debian's busybox and bash use: the cursor, erasing, scrolling, and the modes
that only matter to colours and keys, which are skipped.
"""

import re

SEQUENCE = re.compile(r"\x1b(?:\[([?>]?)([0-9;]*)([@-~])|[()][0-9A-Za-z]|[78=>MDEc])")
PARTIAL = re.compile(r"\x1b(?:\[[?>]?[0-9;]*|[()])?\Z")


class Screen:
    def __init__(self, rows, columns):
        self.rows, self.columns = rows, columns
        self.lines = [[" "] * columns for _ in range(rows)]
        self.row = self.column = 0
        self.region = (0, rows - 1)
        self.saved = (0, 0)
        self.pending = ""

    def text(self):
        return "\n".join("".join(line).rstrip() for line in self.lines)

    def line(self, number):
        return "".join(self.lines[number]).rstrip()

    def feed(self, text):
        text, at = self.pending + text, 0
        self.pending = ""
        while at < len(text):
            if text[at] == "\x1b":
                match = SEQUENCE.match(text, at)
                if match:
                    self._sequence(match)
                    at = match.end()
                    continue
                if PARTIAL.match(text, at):
                    self.pending = text[at:]
                    return
            self._character(text[at])
            at += 1

    # --- characters ------------------------------------------------------------------------

    def _character(self, char):
        if char == "\r":
            self.column = 0
        elif char == "\n":
            self._down()
        elif char == "\b":
            self.column = max(0, self.column - 1)
        elif char == "\t":
            self.column = min(self.columns - 1, self.column // 8 * 8 + 8)
        elif char >= " ":
            if self.column == self.columns:
                self.column = 0
                self._down()
            self.lines[self.row][self.column] = char
            self.column += 1

    def _down(self):
        top, bottom = self.region
        if self.row == bottom:
            del self.lines[top]
            self.lines.insert(bottom, [" "] * self.columns)
        elif self.row < self.rows - 1:
            self.row += 1

    def _up(self):
        top, bottom = self.region
        if self.row == top:
            del self.lines[bottom]
            self.lines.insert(top, [" "] * self.columns)
        elif self.row > 0:
            self.row -= 1

    # --- sequences -------------------------------------------------------------------------

    def _sequence(self, match):
        private, numbers, final = match[1], match[2], match[3]
        if final is None:
            self._short(match[0][1])
        elif not private:
            values = [int(n) if n else 0 for n in numbers.split(";")]
            self._control(final, values)

    def _short(self, what):
        if what == "7":
            self.saved = (self.row, self.column)
        elif what == "8":
            self.row, self.column = self.saved
        elif what == "M":
            self._up()

    def _control(self, final, values):
        first = max(1, values[0])
        last_column = self.columns - 1
        if final == "A":
            self.row = max(0, self.row - first)
        elif final == "B":
            self.row = min(self.rows - 1, self.row + first)
        elif final == "C":
            self.column = min(last_column, self.column + first)
        elif final == "D":
            self.column = max(0, self.column - first)
        elif final in "Hf":
            self.row = min(self.rows, first) - 1
            self.column = min(self.columns, max(1, values[1]) if len(values) > 1 else 1) - 1
        elif final == "J":
            self._erase_screen(values[0])
        elif final == "K":
            self._erase_line(values[0])
        elif final == "r":
            bottom = values[1] if len(values) > 1 and values[1] else self.rows
            self.region = (first - 1, min(self.rows, bottom) - 1)
            self.row = self.column = 0
        elif final == "P":
            line = self.lines[self.row]
            del line[self.column:self.column + first]
            line += [" "] * (self.columns - len(line))
        elif final == "@":
            line = self.lines[self.row]
            line[self.column:self.column] = [" "] * first
            del line[self.columns:]

    def _erase_line(self, how):
        start = 0 if how else min(self.column, self.columns)
        end = min(self.column + 1, self.columns) if how == 1 else self.columns
        self.lines[self.row][start:end] = [" "] * (end - start)

    def _erase_screen(self, how):
        self._erase_line(how)
        rows = range(self.row + 1, self.rows) if how == 0 else range(self.row) if how == 1 else range(self.rows)
        for row in rows:
            self.lines[row] = [" "] * self.columns
