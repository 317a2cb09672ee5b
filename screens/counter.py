"""What the pages work with: one station's home, its base once it is open, and the clerk who sits there.

Pages call these verbs in workers and show what comes back; nothing here knows a widget, and no page knows a table.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from screens import wiring
from station import case_lists, catalogue, clerks, drafts, journal, replica, schema, settings, vault
from station.case import china_day, china_time
from station.database import Database
from station.drafts import Draft
from station.errors import NotAuthorised, Refused
from station.item import Item
from station.item_search import ItemIndex

if TYPE_CHECKING:
    from datetime import date

    from screens.words import Words
    from station.case_lists import Listed
    from station.clerks import Clerk
    from station.desk import Done
    from sync.conflict import Conflict

DRAFT_ID_BYTES = 8
PRINTER = "printer"  # key of the station's settings: {"target": FILE | DEVICE | tcp://HOST[:PORT], "width": 58 | 80}


class Counter:
    """One station as its screens see it. Verbs may be called from workers; they raise StationError."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.clerk: Clerk | None = None
        self.station_name = ""  # known once the base is open
        self._database: Database | None = None
        self._key = b""
        self._passphrase = ""
        self._index: tuple[int, ItemIndex] | None = None

    @property
    def is_open(self) -> bool:
        """Whether the base is open, with or without a clerk."""
        return self._database is not None

    @property
    def database(self) -> Database:
        """The open base. Raises NotAuthorised `passphrase_needed`."""
        if self._database is None:
            raise NotAuthorised("passphrase_needed")
        return self._database

    @property
    def today(self) -> date:
        """The calendar day at the counter."""
        return china_day(wiring.clock.now_ms())

    @property
    def time_of_day(self) -> str:
        """The time at the counter, as a clock on the wall shows it."""
        return china_time(wiring.clock.now_ms())[11:16]

    def needs_passphrase(self) -> bool:
        """Whether a person must open the base. Raises Refused `home_missing`."""
        if not (self.home / vault.FILE).exists():
            raise Refused("home_missing", home=str(self.home))
        return vault.mode(self.home) == "passphrase"

    def open(self, passphrase: str | None) -> None:
        """Opens the base: slow on purpose where a passphrase is stretched. Raises NotAuthorised `passphrase_wrong`."""
        self._key = vault.unlock(self.home, passphrase)
        self._passphrase = passphrase or ""
        database = Database(self.home / wiring.BASE, self._key)
        schema.ensure_current(database)
        catalogue.keep_current(database, self.today)
        with database.reading() as reader:
            self.station_name = settings.identity(reader).name
        self._database = database

    def clerks(self) -> tuple[Clerk, ...]:
        """Who may sign in here, those of this very place in front."""
        with self.database.reading() as reader:
            found = [clerk for clerk in clerks.every(reader) if clerk.active]
        return tuple(sorted(found, key=lambda clerk: (-len(clerk.division), clerk.name)))

    def sign_in(self, name: str, pin: str) -> None:
        """Raises NotAuthorised `clerk_unknown`, `pin_wrong`, `pin_needed`."""
        self.clerk = clerks.sign_in(self.database, name, pin)

    def leave(self) -> None:
        """Nobody sits here any more; the base stays open for the next."""
        self.clerk = None

    def close(self) -> None:
        """Lets go of the base and forgets its key."""
        if self._database is not None:
            self._database.close()
        self._database, self._key, self._passphrase, self.clerk = None, b"", "", None

    def standing(self) -> dict[str, Any]:
        """How this station stands with the hub, without asking the network."""
        with self.database.reading() as reader:
            return case_lists.standing(reader)

    def environment(self) -> dict[str, str]:
        """What a sync in its own process needs: the passphrase that opened this base, and no clerk's PIN."""
        shared = {key: value for key, value in os.environ.items() if key != "STATION_PIN"}
        return shared | ({"STATION_PASSPHRASE": self._passphrase} if self._passphrase else {})

    def pending(self) -> int:
        """How many acts wait for the hub."""
        with self.database.reading() as reader:
            return journal.pending_count(reader)

    def items(self) -> ItemIndex:
        """The search over the items that can be taken today; kept until a new catalogue comes."""
        with self.database.reading() as reader:
            version = int(settings.get(reader, "catalogue_version", 0))
            if self._index is None or self._index[0] != version:
                self._index = (version, ItemIndex(catalogue.entries(reader)))
        return self._index[1]

    def item(self, code: str, version: int | None = None) -> Item:
        """An item in the version of today, or in that one. Raises BadInput `unknown_item`."""
        with self.database.reading() as reader:
            return catalogue.item(reader, code, version) if version else catalogue.newest(reader, code, self.today)

    def drafts(self) -> list[Draft]:
        """The intakes that were begun, the last one in front."""
        with self.database.reading() as reader:
            return [draft for draft in drafts.every(reader) if not draft.empty]

    def new_draft(self, item: Item) -> Draft:
        """An intake of this item, with nothing in it."""
        name = self.clerk.name if self.clerk else ""
        code, version = item.code, item.version
        return Draft(id=wiring.chance.token(DRAFT_ID_BYTES).hex(), clerk=name, item=code, item_version=version)

    def keep(self, draft: Draft, *, durable: bool = False) -> Draft:
        """Keeps a draft as it stands."""
        return drafts.keep(self.database, draft, wiring.clock.now_ms(), durable=durable)

    def discard(self, draft_id: str) -> None:
        """Forgets a draft."""
        with self.database.changing() as rows:
            drafts.discard(rows, draft_id)

    def take(self, line: dict[str, Any], draft_id: str) -> Done:
        """收件, with the draft that it was made of."""
        return wiring.desk(self.database).take(line, self._signed_in(), draft=draft_id)

    def cases(self, wanted: case_lists.Wanted) -> list[Listed]:
        """A list of cases."""
        with self.database.reading() as reader:
            return case_lists.cases(reader, wanted)

    def case(self, ref: str) -> dict[str, Any]:
        """One case whole; the read is audited. Raises BadInput `case_unknown`."""
        from screens.case_commands import case_document  # noqa: PLC0415

        return case_document(self.database, ref, self._signed_in().name)

    def paper(self, doc: str, ref: str, words: Words, columns: int) -> list[str]:
        """The lines of a paper, as it would be printed. Raises Refused `paper_not_now`; the read is audited."""
        from screens import print_commands  # noqa: PLC0415
        from screens.papers.text import text  # noqa: PLC0415

        return text(print_commands.made(self.database, doc, ref, self._signed_in().name, words), columns).splitlines()

    def print(self, doc: str, ref: str, words: Words) -> str:
        """Prints a paper on the printer of this station, and names it. Raises Refused `printer_none`, `printer_*`."""
        from screens import print_commands  # noqa: PLC0415
        from screens.papers import printers  # noqa: PLC0415
        from screens.papers.escpos import escpos  # noqa: PLC0415

        with self.database.reading() as reader:
            chosen = settings.get(reader, PRINTER, {})
        if not chosen.get("target"):
            raise Refused("printer_none")
        paper = print_commands.made(self.database, doc, ref, self._signed_in().name, words)
        printers.at(str(chosen["target"])).send(escpos(paper, int(chosen.get("width", 58))))
        return str(chosen["target"])

    def find(self, number: str) -> str:
        """The id of a case by its number. Raises BadInput `case_unknown`."""
        with self.database.reading() as reader:
            return replica.find(reader, number)

    def conflicts(self) -> list[Conflict]:
        """What waits here for a person."""
        from sync import settling  # noqa: PLC0415

        return settling.waiting(self.database)

    def settle(self, conflict: Conflict, take: str, value: str | None, reason: str) -> Done:
        """A person's choice between what this conflict showed. Raises Refused `conflict_changed`, BadInput."""
        from sync import settling  # noqa: PLC0415

        device = wiring.identity(self.database).device
        choice = {"take": take, "value": value, "reason": reason, "seen": conflict.seen}
        return settling.settle(
            self.database, wiring.desk(self.database), self._signed_in(), device, conflict.id, **choice
        )

    def _signed_in(self) -> Clerk:
        if self.clerk is None:
            raise NotAuthorised("clerk_needed")
        return self.clerk
