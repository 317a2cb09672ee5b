"""One case whole: what it is, its clocks, its materials, its history."""

from __future__ import annotations

from typing import Any, ClassVar

from screens.pages.reading import READ_KEYS, PrintablePage
from screens.widgets.key_bar import KeyLabel


class CasePage(PrintablePage):
    """One case whole. Opening it is a read of personal data, and is written down as one."""

    title_id = "case.title"
    keys: ClassVar[tuple[KeyLabel, ...]] = (*READ_KEYS[:3], KeyLabel("ctrl+p", "key.receipt"), *READ_KEYS[3:])

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id

    async def begin(self) -> None:
        """Reads the case, after the audit has it."""
        found = await self.asked(self.counter.case, self.case_id)
        if found is not None:
            self.name_place(f"{found['number']} {found['item_name']}")
            self.show([*self._facts(found), *self._materials(found), *self._history(found)])

    def _facts(self, found: dict[str, Any]) -> list[tuple[str, str]]:
        words, who = self.words, found["applicant"]
        lines = [
            (words.say("column.status"), f"{words.state(found['status'])}  {words.sync(found['sync'])}"),
            (words.say("column.number"), found["number"]),
            (words.say("column.name"), who["name"]),
            (words.say("column.id_no"), who["id_no"]),
            (words.say("column.phone"), who["phone"]),
            (words.say("column.address"), who["address"]),
            (words.say("column.missing"), "、".join(found["missing_labels"])),
            (words.say("column.note"), found["note"]),
        ]
        due = [
            (words.say(f"column.due_{name}"), str(day)) for name, day in found["due"].items() if isinstance(day, str)
        ]
        return [line for line in lines + due if line[1]]

    def _materials(self, found: dict[str, Any]) -> list[tuple[str, str]]:
        return [
            (self.words.say("case.material"), f"{each['name']}  {self.words.say('got.' + each['got'])}")
            for each in found["materials"]
        ]

    def _history(self, found: dict[str, Any]) -> list[tuple[str, str]]:
        words = self.words
        return [
            (each["at"][:16].replace("T", " "), f"{words.act(each['act'])}  {each['by']}  {words.rule(each['rule'])}")
            for each in found["history"]
        ]
