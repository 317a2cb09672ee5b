"""Letters on a PDF page: embedded system fonts where they are, the viewer's own Chinese font where none is.

A character that the first font lacks is looked for in the others, then drawn as dots, then shown as 〓 and its code
point. Never the box that a font prints for what it does not know.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from screens.papers import fonts, raster
from screens.papers.marks import MISSING, mark, visible
from station.errors import StationError

if TYPE_CHECKING:
    from reportlab.pdfgen.canvas import Canvas

CID = "STSong-Light"  # named in the PDF, brought by the viewer (Adobe-GB1)
AUTO, VIEWER = "auto", "cid"
_CID_DOT = {ord("·"): "・"}  # the viewers' table of Adobe-GB1 knows the middle dot under its Japanese name only
_DOTS_HIGH = 96
_DRAWN_WIDTH = 1.0  # em of a character that is drawn as dots
_DRAWN_DROP = 0.14  # of its height below the line that letters stand on


class Run(msgspec.Struct, frozen=True):
    """Characters of one font; without a font it is one character that is drawn as dots."""

    font: str
    text: str


class Letters(msgspec.Struct, frozen=True):
    """The fonts of one document, best first."""

    names: tuple[str, ...]

    def shown(self, text: str) -> str:
        """The text as it can be drawn."""
        return "".join(char if self._can(char) else MISSING + mark(char) for char in visible(text))

    def width(self, text: str, size: float) -> float:
        """Points that the text takes."""
        return sum(self._run_width(run, size) for run in self.runs(text))

    def draw(self, canvas: Canvas, x: float, y: float, text: str, size: float, *, strong: bool = False) -> None:
        """Draws a line; strong letters get a thin outline of themselves, since system fonts seldom have a bold face."""
        for run in self.runs(text):
            if run.font:
                _draw_run(canvas, x, y, run, size, strong=strong)
            else:
                _draw_dots(canvas, x, y, run.text, size)
            x += self._run_width(run, size)

    def runs(self, text: str) -> list[Run]:
        """The text in runs of one font each."""
        runs: list[Run] = []
        for char in text:
            name = next((name for name in self.names if _has(name, char)), "")
            if runs and name and runs[-1].font == name:
                runs[-1] = Run(name, runs[-1].text + char)
            else:
                runs.append(Run(name, char))
        return runs

    def _can(self, char: str) -> bool:
        return any(_has(name, char) for name in self.names) or raster.can_draw(char)

    def _run_width(self, run: Run, size: float) -> float:
        from reportlab.pdfbase.pdfmetrics import stringWidth  # noqa: PLC0415

        return float(stringWidth(_coded(run), run.font, size)) if run.font else size * _DRAWN_WIDTH


def letters(font: str = AUTO) -> Letters:
    """The fonts for a document: `auto`, `cid`, or the file of one. Raises StationError `font_missing` (font)."""
    if font == VIEWER:
        return Letters((_viewer_font(),))
    if font != AUTO:
        return Letters((_named(font),))
    found = tuple(name for path in fonts.embeddable() if (name := _registered(path)))
    return Letters(found or (_viewer_font(),))


def _named(font: str) -> str:
    name = _registered(Path(font))
    if not name:
        raise StationError("font_missing", font=font)
    return name


@cache
def _registered(path: Path) -> str:
    """The name of an embedded font; empty where it cannot be embedded (no file, or PostScript outlines)."""
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415
    from reportlab.pdfbase.ttfonts import TTFError, TTFont  # noqa: PLC0415

    name = f"station-{path.stem}"
    try:
        registerFont(TTFont(name, str(path), subfontIndex=fonts.face_of(path)))
    except (TTFError, OSError):
        return ""
    return name


@cache
def _viewer_font() -> str:
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont  # noqa: PLC0415
    from reportlab.pdfbase.pdfmetrics import registerFont  # noqa: PLC0415

    registerFont(UnicodeCIDFont(CID))
    return CID


@cache
def _has(name: str, char: str) -> bool:
    if name == CID:
        return _in_gbk(char)
    from reportlab.pdfbase.pdfmetrics import getFont  # noqa: PLC0415

    return ord(char) in getFont(name).face.charToGlyph


def _in_gbk(char: str) -> bool:
    try:
        return len(char.encode("gbk")) <= 2
    except UnicodeEncodeError:
        return False


def _coded(run: Run) -> str:
    return run.text.translate(_CID_DOT) if run.font == CID else run.text


def _draw_run(canvas: Canvas, x: float, y: float, run: Run, size: float, *, strong: bool) -> None:
    line = canvas.beginText(x, y)
    line.setFont(run.font, size)
    if strong:
        line.setTextRenderMode(2)
    canvas.setLineWidth(size * 0.028)
    line.textOut(_coded(run))
    line.setTextRenderMode(0)
    canvas.drawText(line)


def _draw_dots(canvas: Canvas, x: float, y: float, char: str, size: float) -> None:
    from PIL import ImageOps  # noqa: PLC0415
    from reportlab.lib.utils import ImageReader  # noqa: PLC0415

    glyph = raster.drawn(char, _DOTS_HIGH)
    if glyph is not None:
        wide = size * glyph.width / _DOTS_HIGH
        canvas.drawImage(ImageReader(ImageOps.invert(glyph)), x, y - size * _DRAWN_DROP, width=wide, height=size)
