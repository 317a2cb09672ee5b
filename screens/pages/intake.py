"""The intake, step by step: who, questions and form, materials, review. Every letter is kept; F9 commits what was seen.

The page knows no rule: `screens.intake_steps` says what stands on a step, the desk says what holds.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message

from screens import intake_steps
from screens.intake_steps import Entry, Step
from screens.pages.frame import CounterPage
from screens.painted_page import COMMIT_KEYS
from screens.widgets.key_bar import KeyLabel
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import TextLine
from station.case_document import label
from station.drafts import Draft
from station.item import Item

GOT_KEYS = {"o": "original_seen", "space": "paper", "c": "copy", "e": "ecert", "d": "deferred", "m": "missing"}
LABEL_CELLS = 26


class EntryField(TextField):
    """A field of the draft. A digit picks a choice; everything typed is kept at once."""

    class Typed(Message):
        """The text of an entry changed by hand."""

        def __init__(self, entry: Entry, text: str) -> None:
            super().__init__()
            self.entry, self.text = entry, text

    def __init__(self, entry: Entry, value: str, labels: tuple[str, ...], check: Any) -> None:
        self.entry = entry
        self._labels = labels
        shown = self._label_of(value) if entry.choices and value else value
        super().__init__(
            shown,
            check=check,
            fixed_length=entry.fixed_length,
            max_length=entry.max_length,
            placeholder=entry.hint or "  ".join(f"{place + 1}{label}" for place, label in enumerate(labels)),
        )

    def _label_of(self, value: str) -> str:
        known = {choice.value: label for choice, label in zip(self.entry.choices, self._labels, strict=True)}
        return "、".join(known.get(part, part) for part in value.split()) if value else ""

    def on_key(self, event: events.Key) -> None:
        """A digit in a field of choices picks; other letters mean nothing there."""
        if not self.entry.choices or not event.is_printable:
            return
        event.stop()
        event.prevent_default()
        place = int(event.key) - 1 if event.key.isdigit() else -1
        if not 0 <= place < len(self.entry.choices):
            self.app.bell()
            return
        value = self.entry.choices[place].value
        self.value = self._label_of(value)
        self.post_message(self.Typed(self.entry, value))


class IntakePage(CounterPage):
    """One intake from its first letter to its number."""

    CSS = f"""
    .row {{ height: auto; }}
    .row TextLine {{ width: {LABEL_CELLS}; }}
    .row EntryField {{ width: 1fr; }}
    """
    title_id = "intake.title"
    keys = (
        KeyLabel("f1", "key.help"),
        KeyLabel("f6", "key.all_received"),
        KeyLabel("f7", "key.step_back"),
        KeyLabel("f8", "key.step_on"),
        KeyLabel("f9", "key.commit"),
        KeyLabel("escape", "key.later"),
        KeyLabel("f10", "key.menu"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "all_received", show=False),
        Binding("f7", "step(-1)", show=False),
        Binding("f8", "step(1)", show=False),
        Binding("f9", "commit", show=False),
    ]

    def __init__(self, item: Item, draft: Draft) -> None:
        super().__init__()
        self.item, self.draft = item, draft

    @property
    def commit_keys(self) -> frozenset[str]:  # type: ignore[override]  # F9 commits on the review alone
        """The keys that commit here; before the review F9 is only a step."""
        return COMMIT_KEYS if self.step.kind == "review" else frozenset()

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as the answers make them now."""
        return intake_steps.steps(self.item, self.draft)

    @property
    def step(self) -> Step:
        """Where the clerk is."""
        return self.steps[min(self.draft.step, len(self.steps) - 1)]

    def body(self) -> ComposeResult:
        """One step at a time."""
        yield TextLine(id="where")
        yield Vertical(id="step")

    async def begin(self) -> None:
        """The step at which the draft was left."""
        await self._show()

    async def _show(self) -> None:
        self.unseen()
        place, step = min(self.draft.step, len(self.steps) - 1), self.step
        self.name_place(self.item.name)
        where = self.words.say("intake.where", place=place + 1, count=len(self.steps), step=self.words.say(step.title))
        self.query_one("#where", TextLine).say(where)
        holder = self.query_one("#step", Vertical)
        await holder.remove_children()
        await holder.mount(*self._widgets(step))
        first = holder.query(EntryField).first() if step.kind == "form" else holder.query_one(RowList)
        first.focus()

    def _widgets(self, step: Step) -> list[Any]:
        if step.kind == "form":
            return [self._row(entry) for entry in step.entries]
        review = step.kind == "review"
        columns = (Column(22), Column(30, grows=True)) if review else (Column(24, grows=True), Column(16), Column(12))
        rows = RowList(columns, id="rows")
        rows.show(self._materials() if step.kind == "materials" else self._review())
        return [rows]

    def _row(self, entry: Entry) -> Horizontal:
        words = self.words
        named = words.say(entry.label) + ("*" if entry.required else "")
        labels = tuple(words.say(choice.label) for choice in entry.choices)
        field = EntryField(entry, intake_steps.text_of(self.draft, entry.path), labels, self._check_of(entry))
        return Horizontal(TextLine(f"{named} "), field, classes="row")

    def _check_of(self, entry: Entry) -> Any:
        def check(text: str) -> str | None:
            now = intake_steps.typed(self.draft, entry.path, text)  # the draft has it a moment later
            wrong = intake_steps.trouble(self.item, now, entry.path, self.counter.today)
            return self.words.error(wrong) if wrong is not None else None

        return None if entry.choices else check

    def _materials(self) -> list[Row]:
        say = self.words.say
        rows = []
        for material, needed in intake_steps.offered(self.item, self.draft):
            got = self.draft.materials.get(material.id, "")
            need = say("intake.needed" if needed else "intake.not_needed")
            rows.append(Row(material.id, (material.name, say(f"got.{got}") if got else "-", need)))
        return rows

    def _review(self) -> list[Row]:
        say, draft = self.words.say, self.draft
        lacking = intake_steps.lacking(self.item, draft)
        lines = [(say(f"column.{key}"), draft.applicant.get(key, "")) for key in ("name", "id_no", "phone", "address")]
        lines += [
            (material.name, say(f"got.{draft.materials[material.id]}"))
            for material in self.item.materials
            if material.id in draft.materials
        ]
        lines += [(say("column.missing"), label(name, self.item)) for name in lacking]
        return [Row(place, line) for place, line in enumerate(lines)]

    async def on_entry_field_typed(self, event: EntryField.Typed) -> None:
        """A choice was picked: the next questions may depend on it."""
        await self._keep(intake_steps.typed(self.draft, event.entry.path, event.text))
        self.focus_next()

    async def on_input_changed(self, event: TextField.Changed) -> None:
        """Another letter: kept before the next one."""
        field = event.input
        if isinstance(field, EntryField) and not field.entry.choices:
            await self._keep(intake_steps.typed(self.draft, field.entry.path, event.value))

    def on_text_field_completed(self, event: TextField.Completed) -> None:
        """A number is whole and right: the next field has the keys."""
        event.stop()
        self.focus_next()

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter: the next field, or after the last one the next step."""
        event.stop()
        fields = list(self.query(EntryField))
        if event.input is fields[-1]:
            await self.action_step(1)
        else:
            self.focus_next()

    async def on_key(self, event: events.Key) -> None:
        """On the materials a key says what was received; the same key again takes it back."""
        rows = self.query("#rows")
        if self.step.kind != "materials" or event.key not in GOT_KEYS or not rows:
            return
        event.stop()
        listed = rows.first(RowList)
        if listed.current is not None:
            await self._keep(intake_steps.received(self.draft, listed.current.key, GOT_KEYS[event.key]))
            place = listed.window.cursor
            listed.show(self._materials())
            listed.action_move(place + (event.key != "m"))

    async def action_all_received(self) -> None:
        """Everything that is asked for was seen as an original."""
        draft = self.draft
        for material, needed in intake_steps.offered(self.item, draft):
            if needed and material.id not in draft.materials:
                draft = intake_steps.received(draft, material.id, "original_seen")
        await self._keep(draft)
        if self.step.kind == "materials":
            self.query_one("#rows", RowList).show(self._materials())

    async def action_step(self, by: int) -> None:
        """To the next or the last step; what was typed is durable from here on."""
        last = len(self.steps) - 1
        await self._keep(_at(self.draft, max(0, min(last, self.draft.step + by))), durable=True)
        self.tell("")
        await self._show()

    async def action_commit(self) -> None:
        """F9: on the review the case is taken; before it, to the review, where it can be seen first."""
        if self.step.kind != "review":
            await self._keep(_at(self.draft, len(self.steps) - 1), durable=True)
            await self._show()
            return
        line = intake_steps.line(self.item, self.draft)
        done = await self.asked(self.counter.take, line, self.draft.id)
        if done is not None:
            self.app.taken(done, line["applicant"].get("name", ""), self.item)  # type: ignore[attr-defined]

    async def _keep(self, draft: Draft, *, durable: bool = False) -> None:
        self.draft = draft
        await self.asked(self.counter.keep, draft, durable=durable)


def _at(draft: Draft, step: int) -> Draft:
    import msgspec  # noqa: PLC0415

    return msgspec.structs.replace(draft, step=step)
