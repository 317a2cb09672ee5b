"""What a station chose for its printing: which printer, which paper, how many, by itself or by hand.

One value under the key `printer` of the station's settings, checked when it is saved; absent reads as no printer. What
people get wrong: devices and the network are receipt printers (ESC/POS), A4 and A5 go to the system's own or to files.
"""

from __future__ import annotations

import os
import unicodedata
from pathlib import Path
from typing import Any, Literal

import msgspec

from screens.papers import printers
from screens.papers.facts import PaperSettings
from station.errors import BadInput
from station.paper import BARCODE_MOST
from station.phone import check_phone

KEY = "printer"  # of the station's settings
COPIES_MOST = 5  # protects the roll from a slip of the finger
ROLLS, SHEETS = ("58", "80"), ("a4", "a5")
FOLDER_ENDS = ("/", "\\")  # of a target: a folder that is gone must not become a file of its name
LONGEST_NUMBER = "0" * BARCODE_MOST
HOTLINE_DIGITS = 5  # 12345, 12333

Kind = Literal["none", "line", "system", "folder"]


class PrinterSetting(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The printer of a station. `target` is empty, a device or a file, tcp://HOST[:PORT], cups:QUEUE, or a FOLDER/."""

    target: str = ""
    paper: Literal["58", "80", "a4", "a5"] = "58"  # mm of a roll, or a sheet
    automatic: bool = True  # the receipt comes out when a case was taken
    notice: bool = False  # and the notice with it, where something is missing
    copies: int = 1

    @property
    def kind(self) -> Kind:
        """What stands behind the target: a line that takes printer bytes, a queue, a folder, or nothing."""
        if not self.target:
            return "none"
        if self.target.startswith(printers.SYSTEM):
            return "system"
        return "folder" if self.target.endswith(FOLDER_ENDS) else "line"

    @property
    def name(self) -> str:
        """The printer as people know it."""
        return self.target.removeprefix("tcp://").removeprefix(printers.SYSTEM)

    @property
    def format(self) -> Literal["txt", "pdf", "escpos"]:
        """How a paper is made for it."""
        if self.paper in SHEETS:
            return "pdf"
        return "txt" if self.kind == "folder" else "escpos"

    @property
    def width(self) -> int | None:
        """Millimetres of the roll; None for sheets."""
        return int(self.paper) if self.paper in ROLLS else None


def of(kept: Any) -> PrinterSetting:
    """The setting as it was kept, also by an older program (`width`) or by hand; what cannot be read is no printer."""
    try:
        if "width" in kept and "paper" not in kept:
            kept = kept | {"paper": str(kept["width"])}
        return msgspec.convert(kept, PrinterSetting)
    except (msgspec.ValidationError, TypeError):
        return PrinterSetting()


def checked(setting: PrinterSetting) -> PrinterSetting:
    """The setting, if a paper could come out with it. Raises BadInput at `target`, `paper` or `copies`."""
    if not 1 <= setting.copies <= COPIES_MOST:
        raise BadInput("copies_range", field="copies", minimum=1, maximum=COPIES_MOST)
    if setting.kind in ("line", "system"):
        _line(setting.target)
    if (setting.kind == "line" and setting.paper in SHEETS) or (setting.kind == "system" and setting.paper in ROLLS):
        raise BadInput("printer_paper", field="paper")
    return setting


def _line(target: str) -> None:
    try:
        printers.at(target)
    except BadInput as error:
        raise BadInput(error.code, field="target") from None


def network_target(typed: str) -> str:
    """The target of an address as people write it: 192.168.1.50, with a port or without. Raises BadInput."""
    plain = unicodedata.normalize("NFKC", typed).replace("。", ".")  # as an input method writes it
    address = plain.strip().removeprefix("tcp://")
    target = f"tcp://{address}"
    if not address or any(char.isspace() for char in address):
        raise BadInput("printer_form", field="target")
    _line(target)
    return target


def folder_target(typed: str) -> str:
    """The target of a folder that is there and takes files. Raises BadInput `printer_folder`."""
    folder = Path(typed.strip()).expanduser()
    if not (typed.strip() and folder.is_absolute() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)):
        raise BadInput("printer_folder", field="target")
    return f"{folder}{os.sep}"


def checked_papers(chosen: PaperSettings) -> PaperSettings:
    """What stands on every paper, the telephone as it is written. Raises BadInput at `phone` or `query_url`."""
    phone, url = chosen.phone.strip(), chosen.query_url.strip()
    hotline = len(phone) == HOTLINE_DIGITS and phone.isascii() and phone.isdigit()
    if phone and not hotline:
        phone = _landline_or_mobile(phone)
    known = url.startswith(("http://", "https://")) and len(url) > len("https://") and " " not in url
    if url and not (known and PaperSettings(query_url=url).address_of(LONGEST_NUMBER)):
        raise BadInput("query_url_form", field="query_url")
    return PaperSettings(phone=phone, query_url=url)


def _landline_or_mobile(phone: str) -> str:
    try:
        return check_phone(phone, "public_phone")
    except BadInput:
        raise BadInput("public_phone_form", field="public_phone") from None


class Typed(msgspec.Struct, frozen=True, kw_only=True):
    """What a person chose and typed, as it stands on the page. `way`: a found printer, network, folder or none."""

    way: str
    target: str = ""  # of a found printer
    address: str = ""  # of the network or the folder, as typed
    paper: str = "58"
    automatic: bool = True
    notice: bool = False
    copies: str = "1"
    phone: str = ""
    query_url: str = ""


def read(typed: Typed) -> tuple[PrinterSetting, PaperSettings]:
    """The two settings that a page of choices means. Raises BadInput at the field that is wrong."""
    digits = unicodedata.normalize("NFKC", typed.copies).strip()
    copies = int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 3 else 0
    kept = {"target": _target(typed), "paper": typed.paper, "automatic": typed.automatic, "notice": typed.notice}
    setting = checked(msgspec.convert(kept | {"copies": copies}, PrinterSetting))
    return setting, checked_papers(PaperSettings(phone=typed.phone, query_url=typed.query_url))


def _target(typed: Typed) -> str:
    if typed.way == "network":
        return network_target(typed.address)
    if typed.way == "folder":
        return folder_target(typed.address)
    return typed.target if typed.way == "found" else ""
