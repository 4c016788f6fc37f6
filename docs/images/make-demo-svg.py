#!/usr/bin/env python3
"""Draws text with ANSI colours as the picture of a terminal, in SVG. Reads standard input, writes standard output.

    CLICOLOR_FORCE=1 tempergate demo | python3 docs/images/make-demo-svg.py --lines 1-8,40-95 > docs/images/demo.svg
"""

import argparse
import re
import sys
import unicodedata
from dataclasses import dataclass, replace
from xml.sax.saxutils import escape

FONT_SIZE = 13
CHARACTER = 7.83  # Width of a character of the font, in the same unit.
LINE = 18
MARGIN = 16
BAR = 34

FOREGROUND = "#d7dae0"
BACKGROUND = "#16181d"
BASIC = ["#4b5263", "#e06c75", "#98c379", "#e5c07b", "#61afef", "#c678dd", "#56b6c2", "#d7dae0"]
BRIGHT = ["#7f8794", "#ff7b86", "#b5e08d", "#ffd68a", "#7cc4ff", "#dd9bf0", "#74d4e0", "#ffffff"]

# A control sequence, an operating system command (such as a link), or another character that draws nothing.
ESCAPE = re.compile(r"\x1b\[([0-9;:]*)([@-~])|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b.|[\x00-\x08\x0b-\x1f\x7f-\x9f]")


@dataclass(frozen=True)
class Style:
    colour: str = FOREGROUND
    bold: bool = False
    dim: bool = False
    italic: bool = False
    underline: bool = False

    def attributes(self):
        out = f' fill="{self.colour}"' if self.colour != FOREGROUND else ""
        out += ' font-weight="bold"' if self.bold else ""
        out += ' opacity="0.65"' if self.dim else ""
        out += ' font-style="italic"' if self.italic else ""
        return out + (' text-decoration="underline"' if self.underline else "")


def from_palette(number):
    """A colour of the palette of 256."""
    if number < 16:
        return (BASIC + BRIGHT)[number]
    if number < 232:
        number -= 16
        levels = [0, 95, 135, 175, 215, 255]
        parts = [levels[number // 36], levels[number // 6 % 6], levels[number % 6]]
    else:
        parts = [8 + 10 * (min(number, 255) - 232)] * 3
    return "#" + "".join(f"{part:02x}" for part in parts)


def styled(style, parameters):
    """The style after a sequence that selects graphic renditions."""
    codes = [int(p) if p else 0 for p in re.split("[;:]", parameters)]
    while codes:
        code = codes.pop(0)
        if code == 0:
            style = Style()
        elif code in (1, 2, 3, 4):
            style = replace(style, **{["bold", "dim", "italic", "underline"][code - 1]: True})
        elif code == 22:
            style = replace(style, bold=False, dim=False)
        elif code in (23, 24):
            style = replace(style, **{["italic", "underline"][code - 23]: False})
        elif 30 <= code <= 37:
            style = replace(style, colour=BASIC[code - 30])
        elif 90 <= code <= 97:
            style = replace(style, colour=BRIGHT[code - 90])
        elif code == 39:
            style = replace(style, colour=FOREGROUND)
        elif code in (38, 48) and codes:
            kind, count = codes[0], {5: 1, 2: 3}.get(codes[0], 0)
            values, codes = codes[1 : 1 + count], codes[1 + count :]
            if code == 38 and len(values) == count > 0:
                colour = from_palette(values[0]) if kind == 5 else "#" + "".join(f"{v & 255:02x}" for v in values)
                style = replace(style, colour=colour)
    return style


def width(text):
    """How many columns a text takes."""
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def runs(lines):
    """Each line as a list of texts with their styles; a style lasts beyond the end of its line."""
    style = Style()
    for line in lines:
        out, at = [], 0
        for match in ESCAPE.finditer(line):
            out.append((line[at : match.start()], style))
            at = match.end()
            if match.group(2) == "m":
                style = styled(style, match.group(1))
        out.append((line[at:], style))
        yield [(text, s) for text, s in out if text]


def folded(line, columns):
    """A line as the terminal breaks it."""
    rows, row, used = [], [], 0
    for text, style in line:
        piece = ""
        for character in text:
            size = width(character)
            if used + size > columns:
                row.append((piece, style))
                rows.append([r for r in row if r[0]])
                row, piece, used = [], "", 0
            piece += character
            used += size
        row.append((piece, style))
    return rows + [[r for r in row if r[0]]]


def chosen(lines, ranges):
    """The lines of ranges such as `1-8,40-95`, with a mark where some are left out."""
    if not ranges:
        return lines
    out, last = [], 0
    for part in ranges.split(","):
        first, _, end = part.partition("-")
        first, end = int(first), int(end or first)
        if first > last + 1:
            out.append([("⋮", Style(dim=True))])
        out += lines[first - 1 : end]
        last = end
    return out + ([[("⋮", Style(dim=True))]] if last < len(lines) else [])


def picture(rows, columns, title):
    high = BAR + len(rows) * LINE + MARGIN
    wide = round(columns * CHARACTER + 2 * MARGIN)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'role="img" aria-label="{escape(title, {chr(34): "&quot;"})}">'
    )
    yield f'<rect width="{wide}" height="{high}" rx="8" fill="{BACKGROUND}"/>'
    for place, colour in enumerate(["#ff5f57", "#febc2e", "#28c840"]):
        yield f'<circle cx="{MARGIN + 4 + 18 * place}" cy="17" r="5.5" fill="{colour}"/>'
    font = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"
    yield f'<g font-family="{font}" font-size="{FONT_SIZE}" fill="{FOREGROUND}">'
    yield f'<text x="{wide / 2:g}" y="21" text-anchor="middle" opacity="0.65">{escape(title)}</text>'
    for number, row in enumerate(rows):
        column, spans = 0, []
        for text, style in row:
            if text.strip():
                # Each piece is put at its own column, so that a font of another width does not shift the rest.
                shown = text.lstrip(" ")
                x = MARGIN + (column + width(text) - width(shown)) * CHARACTER
                shown = shown.rstrip(" ")
                fit = f' textLength="{width(shown) * CHARACTER:g}" lengthAdjust="spacingAndGlyphs"'
                # Browsers fold spaces even where told to keep them, which no-break spaces are not.
                shown = escape(shown.replace(" ", "\u00a0"))
                spans.append(f'<tspan x="{x:g}"{fit}{style.attributes()}>{shown}</tspan>')
            column += width(text)
        if spans:
            yield f'<text y="{BAR + number * LINE + FONT_SIZE}">{"".join(spans)}</text>'
    yield "</g>"
    yield "</svg>"


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--columns", type=int, default=120, help="the width of the terminal")
    parser.add_argument("--lines", default="", help="the lines to show, such as 1-8,40-95")
    parser.add_argument("--title", default="tempergate demo")
    arguments = parser.parse_args()
    text = sys.stdin.buffer.read().decode("utf-8", "replace").replace("\r\n", "\n").expandtabs(8)
    lines = chosen(list(runs(text.rstrip("\n").split("\n"))), arguments.lines)
    rows = [row for line in lines for row in folded(line, arguments.columns)]
    out = "\n".join(picture(rows, arguments.columns, arguments.title)) + "\n"
    sys.stdout.buffer.write(out.encode("utf-8"))


if __name__ == "__main__":
    main()
