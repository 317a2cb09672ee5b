"""What the pages work with: one station's home, its base once it is open, and the clerk who sits there.

Pages call these verbs in workers and show what comes back; nothing here knows a widget, and no page knows a table.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from screens import wiring
from screens.counter_cases import CaseVerbs
from screens.counter_finding import FindingVerbs
from screens.sync_child import Order
from station import case_lists, catalogue, clerks, drafts, journal, outbox, people, replica, schema, settings, vault
from station.case import Case
from station.database import Database
from station.deadlines import Clocks, clocks
from station.drafts import Draft
from station.item import Item
from station.item_search import ItemIndex

if TYPE_CHECKING:
    from screens.print_jobs import PrintJobs
    from station.case_lists import Listed
    from station.clerks import Clerk
    from station.desk import Done
    from station.outbox import Attempt, Glance, Waiting
    from sync.conflict import Conflict

LAST_CLERK = "last_clerk"  # key of the station's settings: who sat here last


class Counter(CaseVerbs, FindingVerbs):
    """One station as its screens see it. Verbs may be called from workers; they raise StationError."""

    def __init__(self, home: Path) -> None:
        super().__init__(home)
        self._key = b""
        self._key_was_typed = False  # no keyring has it
        self._index: tuple[int, ItemIndex] | None = None
        self._printing: PrintJobs | None = None

    def open(self, passphrase: str | None) -> None:
        """Opens the base: slow on purpose where a passphrase is stretched. Raises NotAuthorised `passphrase_wrong`."""
        self._key, self._key_was_typed = vault.unlock(self.home, passphrase), passphrase is not None
        database = Database(self.home / wiring.BASE, self._key)
        schema.ensure_current(database)
        catalogue.keep_current(database, self.today)
        with database.reading() as reader:
            self.station_name = settings.identity(reader).name
        self._database = database

    def clerks(self) -> tuple[Clerk, ...]:
        """Who may sign in here: who sat here last in front, then those of this very place."""
        with self.database.reading() as reader:
            found = [clerk for clerk in clerks.every(reader) if clerk.active]
            last = settings.get(reader, LAST_CLERK, "")
        return tuple(sorted(found, key=lambda clerk: (clerk.name != last, -len(clerk.division), clerk.name)))

    def sign_in(self, name: str, pin: str) -> None:
        """Raises NotAuthorised `clerk_unknown`, `pin_wrong`, `pin_needed`."""
        self.clerk = clerks.sign_in(self.database, name, pin)
        with self.database.changing() as rows:
            settings.keep(rows, LAST_CLERK, name)

    def leave(self) -> None:
        """Nobody sits here any more; the base stays open for the next."""
        self.clerk = None

    def close(self) -> None:
        """Lets go of the base and forgets its key."""
        if self._printing is not None:
            self._printing.end()
            self._printing = None
        if self._database is not None:
            self._database.close()
        self._database, self._key, self.clerk = None, b"", None

    def sync_order(self) -> Order:
        """What a sync in its own process is told: the key of the base only where no keyring has it."""
        return Order(str(self.home), self._key if self._key_was_typed else b"")

    def glance(self) -> Glance:
        """How this station stands with the hub, without asking the network; cheap."""
        with self.database.reading() as reader:
            return outbox.glance(reader)

    def waiting(self) -> tuple[list[Waiting], list[dict[str, Any]], list[Attempt]]:
        """The acts that the hub has not answered, what did not take effect, and how the last syncs went."""
        with self.database.reading() as reader:
            return outbox.waiting(reader), case_lists.problems(reader), outbox.attempts(reader)

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

    def known(self, id_kind: str, id_no: str) -> dict[str, str] | None:
        """The applicant with this number as earlier cases here have him, None where there are none; audited."""
        with self.database.reading() as reader:
            found = (each for each in people.found(reader, id_no) if (each.id_kind, each.id_no) == (id_kind, id_no))
            hit = next(found, None)
        return self.person(hit.case).applicant if hit else None

    def promise(self, item: Item) -> Clocks:
        """The clocks of a case of this item that is taken and accepted today. Raises BadInput for an item's limits."""
        today = self.today.isoformat()
        case = Case("", {"status": "RECEIVED", "intake_from": today, "accepted_on": today})
        with self.database.reading() as reader:
            return clocks(case, item, replica.calendar(reader))

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

    @property
    def printing(self) -> PrintJobs:
        """The printing of this station. Raises NotAuthorised `passphrase_needed`."""
        from screens.print_jobs import PrintJobs  # noqa: PLC0415

        if self._printing is None:
            self._printing = PrintJobs(self.database, self._signed_in)
        return self._printing

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
