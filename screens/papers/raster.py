"""Characters as dots, for a printer or a page whose own fonts lack them. Works where Pillow and some font are here."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING

from screens.papers import fonts

if TYPE_CHECKING:
    from PIL.Image import Image
    from PIL.ImageFont import FreeTypeFont

CELL_DOTS = 12  # one column of the printers' font A; a hanzi takes two
ROW_DOTS = 24
_NOWHERE = "\U0010ffff"  # never a character: every font draws its box for it
_BASE = 0.86  # of the height: where letters stand


def can_draw(char: str) -> bool:
    """Whether some font here has the character."""
    return _font_with(char, ROW_DOTS) is not None


def line(
    text: str, columns: int, width: Callable[[str], int], *, wide: bool = False, tall: bool = False
) -> tuple[int, int, bytes]:
    """A line on the grid of the columns: bytes in a row, rows, and dots (1 is black). Each character `can_draw`."""
    from PIL import Image  # noqa: PLC0415

    picture = Image.new("L", (columns * CELL_DOTS, ROW_DOTS), 0)
    at = 0
    for char in text:
        cells = width(char)
        glyph = drawn(char, ROW_DOTS) if char.strip() else None
        if glyph is not None:
            room = cells * CELL_DOTS
            left = at * CELL_DOTS + (room - glyph.width) // 2
            picture.paste(255, (left, 0), glyph)
        at += cells
    scaled = picture.resize((picture.width, picture.height * (2 if tall else 1)))
    if wide:
        scaled = scaled.resize((scaled.width * 2, scaled.height)).crop((0, 0, picture.width, scaled.height))
    dots = scaled.point(lambda level: 255 if level > 127 else 0).convert("1")
    return dots.width // 8, dots.height, dots.tobytes()


def drawn(char: str, height: int) -> Image | None:
    """One character in white on black, as tall as a row; None where no font here has it."""
    font = _font_with(char, height)
    if font is None:
        return None
    from PIL import Image, ImageDraw  # noqa: PLC0415

    left, _, right, _ = font.getbbox(char, anchor="ls")
    made = Image.new("L", (max(int(right - min(left, 0)), 1), height), 0)
    ImageDraw.Draw(made).text((-min(left, 0), height * _BASE), char, fill=255, font=font, anchor="ls")
    return made


@cache
def _font_with(char: str, height: int) -> FreeTypeFont | None:
    return next((font for font in _fonts(height) if _has(font, char)), None)


@cache
def _fonts(height: int) -> tuple[FreeTypeFont, ...]:
    try:
        from PIL import ImageFont  # noqa: PLC0415
    except ImportError:  # a station without Pillow prints the code points instead
        return ()
    made = []
    for path in fonts.drawable():
        try:
            made.append(ImageFont.truetype(str(path), height - 2, index=fonts.face_of(path)))
        except OSError:  # a font file that FreeType cannot read is as good as none
            continue
    return tuple(made)


def _has(font: FreeTypeFont, char: str) -> bool:
    """Whether the font draws more than nothing and something else than its box for unknown characters."""
    mask = font.getmask(char)
    return mask.getbbox() is not None and bytes(mask) != bytes(font.getmask(_NOWHERE))
