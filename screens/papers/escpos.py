"""A paper as ESC/POS bytes for 58 and 80 mm receipt printers that know Chinese.

Every control byte here is ours: a text becomes bytes only through `Charset`, which lets nothing below 0x20 through.
What people get wrong: to these printers each character of their Chinese set is two columns wide, `·` and `“` as well.
Sources: Epson ESC/POS command reference; GBK as in GB 13000.1.
"""

from __future__ import annotations

import msgspec

from screens.papers import raster
from screens.papers.marks import MISSING, mark, visible
from screens.papers.rows import Columns, Made, Row
from screens.papers.text import COLUMNS_58, COLUMNS_80
from station.errors import BadInput
from station.paper import Barcode, Paper, Part, Qr

COLUMNS = {58: COLUMNS_58, 80: COLUMNS_80}
GRAPHIC = range(0x20, 0x7F)

INIT = b"\x1b@"
CHINESE = b"\x1c&"
LEFT, CENTRE = b"\x1ba\x00", b"\x1ba\x01"
BOLD, PLAIN = b"\x1bE\x01", b"\x1bE\x00"
CUT = b"\x1dVB\x03"  # feed to the knife, then cut and leave a bridge
FEED = b"\n"
_SIZE = b"\x1d!"
_RASTER = b"\x1dv0\x00"
_BARCODE_SHAPE = b"\x1dh\x50\x1dw\x03\x1dH\x02\x1df\x00"  # 80 dots high, 3 a module, digits below
_BARCODE = b"\x1dkI"
_CODE_C = b"{C"  # two digits in one sign
_CODE_B = b"{B"
_QR = b"\x1d(k"
_QR_MODEL, _QR_SIZE, _QR_CORRECTION = b"1A2\x00", b"1C", b"1E1"
QR_DOTS = 6


class Charset(msgspec.Struct, frozen=True):
    """What the printer's own Chinese font has, by the name of Python's codec: gb2312, gbk or gb18030."""

    codec: str = "gbk"
    draws: bool = True  # whether a line with other characters may be sent as dots

    def has(self, char: str) -> bool:
        """Whether the printer prints the character from its own font."""
        if char.isascii():
            return ord(char) in GRAPHIC
        try:
            code = char.encode(self.codec)
        except UnicodeEncodeError:
            return False
        return len(code) == 2 or self.codec == "gb18030"

    def shown(self, text: str) -> str:
        """The text as it can come out: what nothing here can show becomes 〓 and its code point."""
        return "".join(map(self._shown, visible(text)))

    def encode(self, text: str) -> bytes:
        """The bytes of a text that `has` all of."""
        assert all(map(self.has, text))
        return text.encode(self.codec)

    def _shown(self, char: str) -> str:
        if self.has(char) or (self.draws and raster.can_draw(char)):
            return char
        return MISSING + mark(char)


def escpos(paper: Paper, width_mm: int = 58, charset: Charset | None = None) -> list[bytes]:
    """The bytes of each part, ready to be sent one after the other. Raises BadInput `paper_width`."""
    if width_mm not in COLUMNS:
        raise BadInput("paper_width", field="width")
    made = Machine(COLUMNS[width_mm], charset or Charset())
    return [made.part(part) for part in paper.parts]


class Machine(msgspec.Struct, frozen=True):
    """A printer of so many columns with its characters."""

    columns: int
    charset: Charset

    def part(self, part: Part) -> bytes:
        """One part from a fresh start to its cut: what a broken job left in the printer does not matter."""
        device = Columns(count=self.columns, width=column_width, shown=self.charset.shown, doubles=True)
        return INIT + CHINESE + b"".join(map(self._made, device.rows(part))) + FEED + CUT

    def _made(self, made: Made) -> bytes:
        if isinstance(made, Row):
            return self._row(made) if all(map(self.charset.has, made.text)) else self._dots(made)
        if isinstance(made, Barcode):
            return CENTRE + _barcode(made.digits) + LEFT
        caption = self._made(Row(self.charset.shown(made.caption), centred=True)) if made.caption else b""
        return CENTRE + _qr(made) + LEFT + caption

    def _row(self, row: Row) -> bytes:
        """One line; every switch that it turns on is off again at its end."""
        line = self.charset.encode(row.text) + FEED
        size = 0x10 * row.wide + 0x01 * row.tall
        if size:
            line = _SIZE + bytes([size]) + line + _SIZE + b"\x00"
        if row.strong:
            line = BOLD + line + PLAIN
        return CENTRE + line + LEFT if row.centred else line

    def _dots(self, row: Row) -> bytes:
        text = row.text
        if row.centred:
            room = self.columns // 2 if row.wide else self.columns
            text = " " * ((room - column_width(text)) // 2) + text
        across, down, dots = raster.line(text, self.columns, column_width, wide=row.wide, tall=row.tall)
        return _RASTER + across.to_bytes(2, "little") + down.to_bytes(2, "little") + dots


def column_width(text: str) -> int:
    """Columns of the printer: two for all that is not ASCII."""
    return sum(1 if char.isascii() else 2 for char in text)


def _barcode(digits: str) -> bytes:
    """CODE128, in pairs of digits where they are even."""
    if len(digits) % 2:
        data = _CODE_B + digits.encode("ascii")
    else:
        data = _CODE_C + bytes(int(digits[at : at + 2]) for at in range(0, len(digits), 2))
    return _BARCODE_SHAPE + _BARCODE + bytes([len(data)]) + data + FEED


def _qr(block: Qr) -> bytes:
    stored = b"1P0" + block.text.encode("ascii")
    parts = (_QR_MODEL, _QR_SIZE + bytes([QR_DOTS]), _QR_CORRECTION, stored, b"1Q0")
    return b"".join(_QR + len(part).to_bytes(2, "little") + part for part in parts) + FEED
