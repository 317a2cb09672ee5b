"""A tiny ESC/POS printer: it obeys the few commands that receipt printers share and keeps all that it was told."""

from __future__ import annotations

from dataclasses import dataclass, field

FIXED = {  # commands and how many bytes of arguments follow them
    b"\x1b@": 0,
    b"\x1c&": 0,
    b"\x1ba": 1,
    b"\x1bE": 1,
    b"\x1d!": 1,
    b"\x1dh": 1,
    b"\x1dw": 1,
    b"\x1dH": 1,
    b"\x1df": 1,
    b"\x1dr": 1,
    b"\x1dV": 2,
}


@dataclass
class Line:
    """One printed line: its text, or the size of its dots."""

    text: str = ""
    wide: bool = False
    tall: bool = False
    strong: bool = False
    centred: bool = False
    dots: tuple[int, int, bytes] | None = None
    barcode: str = ""
    qr: str = ""


@dataclass
class Printout:
    """What came out of the printer; `commands` counts each control sequence that it obeyed."""

    codec: str = "gbk"
    lines: list[Line] = field(default_factory=list)
    cuts: list[int] = field(default_factory=list)
    commands: dict[bytes, int] = field(default_factory=dict)

    @property
    def text(self) -> str:
        return "\n".join(line.text for line in self.lines)


def read(data: bytes, codec: str = "gbk") -> Printout:
    """Obeys the bytes. Raises ValueError for any byte that is neither text nor a known command."""
    out = Printout(codec)
    state: dict[bytes, bytes] = {}
    text = bytearray()
    stored = ""
    at = 0
    while at < len(data):
        byte = data[at]
        two = bytes(data[at : at + 2])
        if byte == 0x0A:
            if text or not _just_drew(out, data, at):
                out.lines.append(_line(bytes(text), state, codec))
            text.clear()
            at += 1
        elif 0x20 <= byte <= 0x7E:
            text.append(byte)
            at += 1
        elif byte >= 0x80:
            text += two
            at += 2
        elif two in FIXED:
            size = FIXED[two]
            if two == b"\x1b@":
                state = {}
            state[two] = bytes(data[at + 2 : at + 2 + size])
            out.commands[two] = out.commands.get(two, 0) + 1
            if two == b"\x1dV":
                out.cuts.append(len(out.lines))
            at += 2 + size
        elif two == b"\x1dk":
            size = data[at + 3]
            out.lines.append(Line(barcode=_code128(data[at + 4 : at + 4 + size]), centred=True))
            at += 4 + size
        elif two == b"\x1d(" and data[at + 2] == ord("k"):
            size = int.from_bytes(data[at + 3 : at + 5], "little")
            argument = data[at + 5 : at + 5 + size]
            if argument.startswith(b"1P0"):
                stored = argument[3:].decode("ascii")
            elif argument == b"1Q0":
                out.lines.append(Line(qr=stored, centred=True))
            at += 5 + size
        elif two == b"\x1dv" and data[at + 2] == ord("0"):
            across = int.from_bytes(data[at + 4 : at + 6], "little")
            down = int.from_bytes(data[at + 6 : at + 8], "little")
            dots = bytes(data[at + 8 : at + 8 + across * down])
            out.lines.append(Line(dots=(across, down, dots)))
            at += 8 + across * down
        else:
            raise ValueError(f"byte {byte:#04x} at {at}")
    return out


def _just_drew(out: Printout, data: bytes, at: int) -> bool:
    """A line feed after a barcode or a square only ends it."""
    return bool(out.lines) and bool(out.lines[-1].barcode or out.lines[-1].qr) and data[at - 1] != 0x0A


def _line(text: bytes, state: dict[bytes, bytes], codec: str) -> Line:
    size = state.get(b"\x1d!", b"\0")[0]
    return Line(
        text=text.decode(codec),
        wide=bool(size & 0xF0),
        tall=bool(size & 0x0F),
        strong=state.get(b"\x1bE") == b"\x01",
        centred=state.get(b"\x1ba") == b"\x01",
    )


def _code128(data: bytes) -> str:
    if data.startswith(b"{C"):
        return "".join(f"{pair:02}" for pair in data[2:])
    assert data.startswith(b"{B")
    return data[2:].decode("ascii")
