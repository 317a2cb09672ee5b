"""The one exit to the screen: what would be obeyed or not seen becomes a visible mark.

`shown` is what pages use for data: its marks have widths that the layout knows. The fuse stands behind it, where
Textual turns a strip into bytes: whatever a page forgot is replaced there, one cell a mark, and the strip keeps its
width. What people get wrong: a string given to a Textual widget is markup unless it is told otherwise; `data` makes it
content.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from rich.cells import cell_len
from rich.segment import Segment
from textual.content import Content
from textual.strip import Strip

MARK = "¿"  # of the fuse: one cell wherever it is drawn, and in every font
COMBINED_MOST = 4  # marks over one character: more of them hide the lines above

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
# Seen as nothing or as a blank though Unicode calls them letters, marks or symbols, and the two that are no characters.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufffe\uffff")
_COMBINING = r"[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]"
_FLOOD = re.compile(f"({_COMBINING}{{{COMBINED_MOST}}}){_COMBINING}+")


def shown(text: str) -> str:
    """The text with a mark such as ⟨U+202E⟩ for each character that a terminal obeys or nobody sees."""
    if text.isascii() and text.isprintable():
        return text
    return _FLOOD.sub(r"\1…", "".join(map(mark_of, text)))


@lru_cache(maxsize=4096)
def mark_of(char: str) -> str:
    """One character as it is shown."""
    return f"⟨U+{ord(char):04X}⟩" if is_hidden(char) else char


def is_hidden(char: str) -> bool:
    """Whether a character is obeyed by terminals, or reads as nothing."""
    return unicodedata.category(char) in _HIDDEN or char in _BLANK


def data(text: str) -> Content:
    """Text from outside as content for any Textual widget: never markup, never a sequence."""
    return Content(shown(text))


def install() -> None:
    """Puts the fuse into Textual. Every frame, of every widget, border, title and notice, is made of strips."""
    if Strip.render is not _render:
        Strip.render = _render  # type: ignore[method-assign]


_stock_render = Strip.render


def _render(self: Strip, console: Any) -> str:
    if self._render_cache is None and not all(map(_is_harmless, self._segments)):
        harmless = Strip([_defused(segment) for segment in self._segments])
        self._render_cache = _stock_render(harmless.adjust_cell_length(self.cell_length), console)
    return _stock_render(self, console)


def _is_harmless(segment: Segment) -> bool:
    text, style, _control = segment
    readable = text.isprintable() if text.isascii() else _is_readable(text)
    return readable and (style is None or style._link is None)


@lru_cache(maxsize=8192)
def _is_readable(text: str) -> bool:
    return not any(map(is_hidden, text)) and _FLOOD.search(text) is None


def _defused(segment: Segment) -> Segment:
    """A segment without control characters, invisible ones and links: an address may hold a sequence of its own."""
    text, style, _control = segment
    safe = _FLOOD.sub(r"\1", "".join(MARK if is_hidden(char) else char for char in text))
    return Segment(safe, style.update_link(None) if style is not None and style._link else style)


assert cell_len(MARK) == 1
