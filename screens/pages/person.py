"""A person: what he had before, what is often asked for here, and the whole catalogue one field away.

The item that is picked begins an intake with this applicant in it. Opening a person is a read of personal data, and is
written down as one.
"""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult

from screens.finding_rows import Entry
from screens.pages.finding import PICKS, FindingPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.text_lines import TextLine
from station.case_lists import Listed
from station.item import Item
from station.people import Person


class PersonPage(FindingPage):
    """One person, by one of his cases; or somebody new, by the number that was typed."""

    title_id = "person.title"
    help_steps = ("person.help_pick", "person.help_find", "person.help_cases", "today.help_closer")
    keys = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f2", "key.new"),
        KeyLabel("f3", "key.find"),
        KeyLabel("f4", "key.look_closer"),
        KeyLabel("f5", "key.sync"),
        KeyLabel("enter", "key.start"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )

    def __init__(self, case_id: str = "", *, id_no: str = "") -> None:
        super().__init__()
        self.case_id, self._id_no = case_id, id_no
        self._person: Person | None = None
        self._favourites: list[Item] = []

    def body(self) -> ComposeResult:
        """Who it is, then the field over the items."""
        yield TextLine(id="who")
        yield from self.finder(self.words.say("person.find"))

    async def begin(self) -> None:
        """Reads the person, after the audit has it; then what can be begun."""
        self.field.focus()
        await self._read_person()
        if self._person is not None and not self._person.case and not self.is_gone:
            self.tell(self.words.say("today.newcomer"))

    async def look_again(self) -> None:
        """Back from a case, or a sync brought something: the states of the cases may be others."""
        await self._read_person()

    async def _read_person(self) -> None:
        verb, key = (self.counter.person, self.case_id) if self.case_id else (self.counter.newcomer, self._id_no)
        person = await self.asked(verb, key)
        favourites = await self.asked(self.counter.favourites)
        index = await self.asked(self.counter.items)
        if person is None or self.is_gone:
            return
        self._person, self._favourites, self._index = person, favourites or [], index
        self.query_one("#who", TextLine).say(self.make.who(person))
        self.name_place(person.applicant.get("name", ""))
        self._show(self.text, stay=True)

    def typed(self, text: str) -> None:
        """In the same frame as the letter: the items that it leads to."""
        self._show(text.strip())

    def _show(self, text: str, *, stay: bool = False) -> None:
        searches = text and text not in PICKS
        self.show(self.items_found(text) if searches else list(self._offered()), stay=stay)

    def _offered(self) -> Iterable[Entry]:
        """The items that he had before, those that are often asked for, then his cases."""
        make, own = self.make, self._own()
        yield from map(make.earlier, own.values())
        yield from (make.favourite(item) for item in self._favourites if item.code not in own)
        for cases in own.values():
            yield from map(make.case, cases)

    def _own(self) -> dict[str, list[Listed]]:
        """His cases by their item, the newest in front."""
        own: dict[str, list[Listed]] = {}
        for case in self._person.cases if self._person is not None else ():
            own.setdefault(case.item, []).append(case)
        return own

    async def start(self, code: str, person: Person | None = None) -> None:
        """An intake for this person."""
        await super().start(code, person or self._person)

    def look_closer(self, code: str) -> None:
        """The page of an item, from which an intake begins for this person too."""
        if self._person is not None:
            self.app.look_at_item(code, self._person)  # type: ignore[attr-defined]
