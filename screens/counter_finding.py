"""The verbs of the counter about finding: the day, people, items, and the intake that begins with what was found.

As all verbs of the counter they may be called from workers, and raise StationError.
"""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from screens import wiring
from screens.open_counter import OpenCounter
from station import case_lists, catalogue, day, drafts, people, read_audit, settings
from station.day import Counts
from station.drafts import Draft
from station.errors import BadInput, StationError
from station.identity import check_identity
from station.intake import takeable
from station.item import Item
from station.people import Found, Person

if TYPE_CHECKING:
    from station.case_lists import Listed
    from station.database import Reader

DRAFT_ID_BYTES = 8
DUE_MOST, PROBLEMS_MOST, FOUND_MOST = 40, 5, 20
FAVOURITES, FAVOURITE_DAYS = 6, 30
LOOKED_AT_MOST = 60  # items, for so many that may be taken
BROUGHT = ("name", "phone", "address")  # what an earlier case knows of an applicant
RESIDENT = "resident_id"


class Begun(NamedTuple):
    """An intake that was begun, with the name of its item."""

    draft: Draft
    item_name: str


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """What a clerk's day holds; conflicts and problems in the shape of the command line."""

    drafts: list[Begun]
    conflicts: list[dict[str, Any]]
    due: list[Listed]
    problems: list[dict[str, Any]]
    cases: dict[str, Listed]  # those that conflicts and problems are about
    counts: Counts
    favourites: list[Item]


class Known(msgspec.Struct, frozen=True):
    """What the base knows under a text: people, and cases by their number."""

    text: str
    people: tuple[Found, ...] = ()
    cases: tuple[Listed, ...] = ()


class Sheet(NamedTuple):
    """An item, and all that was published of it."""

    item: Item
    record: dict[str, Any]


class FindingVerbs(OpenCounter):
    """What the counter finds. The counter itself has the base and the clerk."""

    def day(self) -> Day:
        """The day as it stands."""
        from sync import settling  # noqa: PLC0415

        who = wiring.identity(self.database)
        conflicts = [each.document(who.device) for each in settling.waiting(self.database)]
        with self.database.reading() as reader:
            problems = case_lists.problems(reader)[:PROBLEMS_MOST]
            return Day(
                drafts=[_begun(reader, each) for each in drafts.every(reader) if not each.empty],
                conflicts=conflicts,
                due=day.due(reader, DUE_MOST),
                problems=problems,
                cases=day.listed(reader, [str(each["case"]) for each in (*conflicts, *problems)]),
                counts=day.counts(reader, who.division, self.today),
                favourites=self._favourites(reader, who.division),
            )

    def favourites(self) -> list[Item]:
        """The items that are asked for most here, then others, as many as a line holds."""
        with self.database.reading() as reader:
            return self._favourites(reader, settings.identity(reader).division)

    def look_up(self, text: str) -> Known:
        """The people and cases that a name, or the end or begin of a number, leads to."""
        with self.database.reading() as reader:
            cases = people.numbered(reader, text, FOUND_MOST)
            return Known(text, tuple(people.found(reader, text, FOUND_MOST)), tuple(cases))

    def person(self, case_id: str) -> Person:
        """A person by one of his cases; the read is audited. Raises BadInput `case_unknown`, `person_unknown`."""
        clerk = self._signed_in().name
        with self.database.reading() as reader:
            found = people.person(reader, case_id)
        with self.database.changing() as rows:
            read_audit.append(rows, at=wiring.clock.now_ms(), clerk=clerk, case_id=found.case, what="person")
        return found

    def newcomer(self, id_no: str) -> Person:
        """A person of whom only a resident's number is known. Raises BadInput `id_*` where it cannot be one."""
        number = check_identity(RESIDENT, id_no, self.today, "applicant.id_no").number
        return Person(applicant={"kind": "person", "id_kind": RESIDENT, "id_no": number})

    def sheet(self, code: str) -> Sheet:
        """All that is known of an item today. Raises BadInput `unknown_item`."""
        with self.database.reading() as reader:
            item = catalogue.newest(reader, code, self.today)
            return Sheet(item, catalogue.record(reader, item.code, item.version))

    def begin(self, code: str, person: Person | None = None) -> tuple[Item, Draft]:
        """An intake that may begin, with its applicant where he is known.

        Raises Refused with the item's reason, BadInput `unknown_item`, `applicant_kind_not_for_item`.
        """
        with self.database.reading() as reader:
            item = catalogue.newest(reader, code, self.today)
        takeable(item, self.today)
        return item, self.new_draft(item, person)

    def new_draft(self, item: Item, person: Person | None = None) -> Draft:
        """An intake of this item, with nothing in it but its applicant where he is known.

        Raises BadInput `applicant_kind_not_for_item`.
        """
        applicant = {key: text for key, text in person.applicant.items() if text} if person else {}
        if applicant and applicant.get("kind", "person") not in item.applicant_kinds:
            raise BadInput("applicant_kind_not_for_item", field="applicant.kind", known=list(item.applicant_kinds))
        return Draft(
            id=wiring.chance.token(DRAFT_ID_BYTES).hex(),
            clerk=self._signed_in().name,
            item=item.code,
            item_version=item.version,
            applicant=applicant,
            brought=tuple(f"applicant.{key}" for key in BROUGHT if key in applicant),
        )

    def _favourites(self, reader: Reader, division: str) -> list[Item]:
        since = self.today - timedelta(days=FAVOURITE_DAYS)
        wanted = (*day.favourites(reader, division, since, FAVOURITES), *catalogue.current_codes(reader))
        found: dict[str, Item] = {}
        for code in wanted[:LOOKED_AT_MOST]:
            if len(found) == FAVOURITES:
                break
            item = catalogue.newest(reader, code, self.today)
            if code not in found and self._may_take(item):
                found[code] = item
        return list(found.values())

    def _may_take(self, item: Item) -> bool:
        try:
            takeable(item, self.today)
        except StationError:
            return False
        return True


def _begun(reader: Reader, draft: Draft) -> Begun:
    try:
        return Begun(draft, catalogue.item(reader, draft.item, draft.item_version or None).name)
    except StationError:
        return Begun(draft, draft.item)  # an item that is here no more
