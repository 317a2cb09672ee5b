"""The papers of a kit: the enrolment sheet that a technician carries, and the catalogue to read before a first sync.

The sheet holds the one-time code, so its files are for their owner only. A stick with FAT knows no such rights: the
sheet says itself what must become of it.
"""

from __future__ import annotations

import hashlib
import json
import shlex
import ssl
from pathlib import Path

import msgspec
from kit_wheels import KitTrouble, Target

from screens.cells import safe
from screens.papers.pdf import pdf
from screens.papers.text import text
from screens.station_commands import DIVISION_DIGITS
from screens.words import Words
from station.errors import StationError
from station.item_record import item_of
from station.paper import (
    Block,
    Heading,
    KeyValues,
    Pair,
    Paper,
    Paragraph,
    Part,
    Rule,
    Signature,
    Title,
)
from sync.enrolment import code_parts

SECRET = 0o600
NAME = "enrolment-sheet"


class Enrolment(msgspec.Struct, frozen=True, kw_only=True):
    """What a sheet tells; what is empty is filled in by pen."""

    station: str = ""
    division: str = ""
    hub: str = ""
    code: str = ""
    ca: str = ""  # PEM

    def check(self) -> None:
        """Raises KitTrouble for what the hub would turn down anyway."""
        if self.division and not (self.division.isdigit() and len(self.division) in DIVISION_DIGITS):
            raise KitTrouble(f"a division has {', '.join(map(str, DIVISION_DIGITS))} digits: {self.division}")
        if self.hub and not self.hub.startswith("https://"):
            raise KitTrouble(f"the address of a hub begins with https://: {self.hub}")
        try:
            if self.code:
                code_parts(self.code)
        except StationError:
            raise KitTrouble("this is no enrolment code: four groups of four, as `hub station add` gave it") from None
        if self.ca:
            fingerprint(self.ca)


def fingerprint(pem: str) -> str:
    """SHA-256 of a certificate, in groups of four to read aloud. KitTrouble where it is none."""
    try:
        digest = hashlib.sha256(ssl.PEM_cert_to_DER_cert(pem)).hexdigest().upper()
    except ValueError:
        raise KitTrouble("the file of --ca is no certificate in PEM") from None
    return " ".join(digest[at : at + 4] for at in range(0, len(digest), 4))


def sheet(told: Enrolment, target: Target, version: str, words: Words) -> Paper:
    """The sheet as a paper of one A4 page."""
    blank = words.say("kit_sheet.blank")
    pairs = (
        Pair(words.say("kit_sheet.station"), told.station or blank, strong=True),
        Pair(words.say("kit_sheet.division"), told.division or blank),
        Pair(words.say("kit_sheet.hub"), told.hub or blank),
        Pair(words.say("kit_sheet.code"), told.code or blank, strong=True),
        Pair(words.say("kit_sheet.fingerprint"), fingerprint(told.ca) if told.ca else f"{blank}{blank}"),
    )
    complete = told.station and told.division and told.hub and told.code and told.ca
    note: tuple[Block, ...] = () if complete else (Paragraph(words.say("kit_sheet.blank_note"), size="small"),)
    signs = Signature((words.say("kit_sheet.signs"), words.say("kit_sheet.day")))
    blocks: tuple[Block, ...] = (
        Title(words.say("kit_sheet.title"), words.say("kit_sheet.issuer", version=version)),
        Paragraph(words.say("kit_sheet.secret"), strong=True),
        KeyValues(pairs),
        *note,
        Rule(),
        Heading(words.say("kit_sheet.steps")),
        *_numbered(_steps(told, target), words),
        Paragraph(words.say("kit_sheet.catalogue"), size="small"),
        signs,
    )
    return Paper(title=words.say("kit_sheet.title"), parts=(Part(words.say("kit_sheet.title"), blocks),))


def write_sheet(folder: Path, paper: Paper, words: Words, *, windows: bool = False) -> None:
    """The sheet as text and as PDF, for their owner only. Old editors of Windows take a text without a mark for GBK."""
    page = words.say("paper.page", page="{page}", pages="{pages}")
    plain = text(paper).encode("utf-8-sig" if windows else "utf-8")
    for suffix, data in ((".txt", plain), (".pdf", pdf(paper, "a4", page_words=page))):
        path = folder / f"{NAME}{suffix}"
        path.touch(SECRET)
        path.chmod(SECRET)
        path.write_bytes(data)


def catalogue_text(data: bytes, words: Words) -> str:
    """The catalogue to read on paper or in an editor. KitTrouble where it is none."""
    try:
        records = json.loads(data)["items"]
        items = [item_of(record) for record in records]
    except (ValueError, KeyError, TypeError) as trouble:
        raise KitTrouble('the catalogue is no JSON of the form {"items": [...]}') from trouble
    except StationError as trouble:
        raise KitTrouble(f"the catalogue has an item that no station would take: {trouble.document()}") from trouble
    lines = [words.say("kit_catalogue.title"), words.say("kit_catalogue.note")]
    if any(record.get("demo") for record in records):
        lines.append(words.say("kit_catalogue.demo"))
    for item in items:
        lines += ["", f"{safe(item.name)}  {safe(item.implementing_dept)}  {safe(item.code)}"]
        lines.append("    " + words.say("kit_catalogue.materials", materials=[each.name for each in item.materials]))
    return "\n".join(lines) + "\n"


def _steps(told: Enrolment, target: Target) -> list[tuple[str, str]]:
    """What is typed, in order: the id of the step's words, and its command."""
    division, hub, code = (
        told.division or "__________",
        told.hub or "https://__________",
        told.code or "____-____-____-____",
    )
    name = _typed(told.station, target) if told.station else "__________"
    return [
        ("step_install", "install.cmd" if target.windows else "sh install.sh"),
        ("step_init", f"station init --division {division} --name {name}"),
        *((("step_check", ""),) if told.ca else ()),
        ("step_enrol", f"station enrol {hub} {code}{' --ca ca.crt' if told.ca else ''}"),
        ("step_open", "station"),
    ]


def _numbered(steps: list[tuple[str, str]], words: Words) -> list[Block]:
    """The steps, and in strong letters what is typed."""
    blocks: list[Block] = []
    for place, (step, command) in enumerate(steps, 1):
        blocks.append(Paragraph(f"{place}. {words.say(f'kit_sheet.{step}')}"))
        if command:
            blocks.append(Paragraph(command, strong=True))
    return blocks


def _typed(name: str, target: Target) -> str:
    """A name as it is typed; quoted only where it must be, because a Chinese input method makes other quotes."""
    if all(char.isalnum() or char in "-_（）·" for char in name):
        return name
    return '"' + name.replace('"', "") + '"' if target.windows else shlex.quote(name)
