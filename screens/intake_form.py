"""The fields of one step as widgets. Fields that the answers hide or ask for come and go; the others keep the keys."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from textual.containers import Vertical

from screens.intake_answers import BETWEEN, text_of
from screens.intake_steps import FULL_ID, Entry
from screens.widgets.choice_field import Answer, ChoiceField
from screens.widgets.entry_field import EntryField, TextShape
from screens.widgets.form_row import FormRow
from screens.words import Words
from station.drafts import Draft

SHORT_CELLS = FULL_ID + 2  # of fields for numbers and dates: what is known of them stands beside
DATE_HINT = "intake.date_hint"

Check = Callable[[Entry, str], str | None]  # the sentence about what is wrong with a field
Changed = Callable[[str, str], None]  # a path and its text, at every letter
Aside = Callable[[str], str]  # what is known of the text of a path


class IntakeForm(Vertical):
    """The fields of one step, below each other."""

    DEFAULT_CSS = "IntakeForm { height: 1fr; overflow-y: auto; scrollbar-size-vertical: 1; }"

    def __init__(self, words: Words, check: Check, changed: Changed, aside: Aside) -> None:
        super().__init__()
        self._words, self._check, self._changed, self._aside = words, check, changed, aside
        self._shown: dict[str, tuple[Entry, FormRow]] = {}  # in the order of the fields

    @property
    def entries(self) -> tuple[Entry, ...]:
        """What is shown."""
        return tuple(entry for entry, _ in self._shown.values())

    @property
    def current(self) -> tuple[Entry, FormRow] | None:
        """The field that has the keys."""
        return next((held for held in self._shown.values() if held[1].has_focus), None)

    def field(self, path: str) -> FormRow | None:
        """The widget of a field, if it is shown."""
        return self._shown[path][1] if path in self._shown else None

    async def shape(self, entries: Sequence[Entry], draft: Draft) -> None:
        """Shows these fields and no others."""
        held = self.current
        stay = {path: pair for path, pair in self._shown.items() if pair[0] in entries}
        for path, (_, row) in self._shown.items():
            if path not in stay:
                await row.remove()
        self._shown = {entry.path: stay.get(entry.path) or (entry, self._row(entry, draft)) for entry in entries}
        new = [pair[1] for path, pair in self._shown.items() if path not in stay]
        await self._mount_in_place(new)
        for row in new:
            if isinstance(row, EntryField) and row.value:
                row.look_over()
        self.look_at_asides()
        if held is not None and held[0].path in self._shown:
            self._shown[held[0].path][1].focus(scroll_visible=False)

    async def _mount_in_place(self, new: list[FormRow]) -> None:
        """All at once where the form is empty; else each behind the field before it."""
        if len(new) == len(self._shown):
            await self.mount(*new)
            return
        before: FormRow | None = None
        for _, row in self._shown.values():
            if row in new:
                await (self.mount(row, after=before) if before else self.mount(row, before=0))
            before = row

    def fill(self, draft: Draft) -> None:
        """Every field shows what the draft holds."""
        for path, (_, row) in self._shown.items():
            if isinstance(row, EntryField | ChoiceField):
                row.fill(text_of(draft, path))
        self.look_at_asides()

    def look_at_asides(self) -> None:
        """What is known of each text stands beside it."""
        for path, (_, row) in self._shown.items():
            if isinstance(row, EntryField):
                row.say_aside(self._aside(path))

    def give_keys(self, path: str, draft: Draft) -> None:
        """To the named field, else to the first in which nothing stands, else to the first."""
        empty = (held for held, (entry, _) in self._shown.items() if not (text_of(draft, held) or entry.preset))
        wanted = path if path in self._shown else next(empty, next(iter(self._shown), ""))
        if wanted:
            self._take_keys(self._shown[wanted][1])

    def go(self, by: int, *, every: bool) -> bool:
        """The keys go on, or back; False where there is no further field. Not `every`: past what is preset."""
        pairs = list(self._shown.values())
        place = next((place for place, (_, row) in enumerate(pairs) if row.has_focus), 0) + by
        while 0 <= place < len(pairs) and pairs[place][0].passed and not every:
            place += by
        if not 0 <= place < len(pairs):
            return False
        self._take_keys(pairs[place][1])
        return True

    def _take_keys(self, row: FormRow) -> None:
        row.focus(scroll_visible=False)
        row.scroll_visible(animate=False)

    def watch_scroll_y(self, old_value: float, new_value: float) -> None:
        """The fields moved: an input method follows."""
        super().watch_scroll_y(old_value, new_value)
        if self.current is not None:
            self.call_after_refresh(self.current[1].tell_caret)

    def _row(self, entry: Entry, draft: Draft) -> FormRow:
        text, say = text_of(draft, entry.path), self._words.say
        row: FormRow
        if entry.choices:
            answers = [Answer(each.value, say(each.label)) for each in entry.choices]
            several = BETWEEN if entry.kind == "choices" else ""
            row = ChoiceField(text, answers, several=several, preset=entry.preset, changed=self._changed)
        else:
            row = EntryField(
                text, self._shape_of(entry), check=lambda text: self._check(entry, text), changed=self._changed
            )
        row.name_row(entry.path, say(entry.label), required=entry.required)
        return row

    def _shape_of(self, entry: Entry) -> TextShape:
        short = bool(entry.fixed_length) or entry.kind == "date"
        return TextShape(
            max_length=entry.max_length,
            fixed_length=entry.fixed_length,
            begins=entry.begins,
            cells=SHORT_CELLS if short else 0,
            hint=entry.hint or (self._words.say(DATE_HINT) if entry.kind == "date" else ""),
        )
