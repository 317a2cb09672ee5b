"""The intake, step by step: who, questions and form, materials, review. Every letter is kept; F9 commits what was seen.

The page knows no rule: `screens.intake_steps` says what stands on a step, the desk says what holds. What people get
wrong: a field tells its text while it changes, before the next key; what needs the base waits until the field is left.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, ClassVar

import msgspec
from textual import events, on
from textual.binding import Binding, BindingType
from textual.message import Message

from screens import intake_answers as given
from screens import intake_materials, intake_review, intake_steps
from screens.draft_history import Change
from screens.draft_keeper import DraftKeeper
from screens.pages.intake_view import IntakeView
from screens.widgets.choice_field import ChoiceField
from screens.widgets.entry_field import EntryField
from screens.widgets.form_row import FormRow
from screens.widgets.mark_list import CLEAR, TOGGLE, MarkList
from screens.widgets.row_list import RowList
from screens.widgets.text_field import TextField
from station.case_document import label
from station.drafts import Draft
from station.errors import BadInput, StationError
from station.intake import takeable

SCAN_S = 0.05  # between the last digit and Enter: nobody types so fast
NEVER = -1.0
SLOW_S = 0.5  # a commit that takes longer is told
BROUGHT, MATERIALS = "brought", "materials"  # changes of more than one field
MATERIAL = "materials."


class IntakePage(IntakeView):
    """One intake from its first letter to its number."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "closer", show=False),
        Binding("f6", "all_received", show=False),
        Binding("f7", "step(-1)", show=False),
        Binding("f8", "step(1)", show=False),
        Binding("f9", "commit", show=False),
        Binding("tab", "field(1)", show=False),
        Binding("down", "field(1, True)", show=False),
        Binding("shift+tab,up", "field(-1, True)", show=False),
        Binding("ctrl+z", "undo", show=False),
        Binding("ctrl+y", "redo", show=False),
    ]

    class Reshaped(Message):
        """The answers ask for other fields than those that are shown."""

    async def begin(self) -> None:
        """The step at which the draft was left, with the item as it is today."""
        self.keeper = DraftKeeper(self.draft, self._write, self._beside, self.show_kept)
        newest = await self.asked(self.counter.item, self.item.code)
        if newest is not None and newest.version != self.item.version:
            self.item, self._pages = newest, intake_steps.pages(newest)
            self._change(msgspec.structs.replace(self.draft, item_version=newest.version))
            self.tell(self.words.say("intake.item_changed"))
        try:
            takeable(self.item, self.counter.today)
        except StationError as refusal:
            self.tell(self.words.error(refusal))
        await self.show_step()

    # What was typed, picked and marked.

    def typed(self, path: str, text: str) -> None:
        """A field has another text: in the same frame as the letter."""
        before, after = self.draft, given.typed(self.draft, path, text)
        if after is not before:
            self.history.changed(path, before)
            self._completed_at = NEVER
            self._change(after)

    def _change(self, draft: Draft) -> None:
        """This is the draft from now on: kept soon, counted now, and shown anew where it asks for other fields."""
        self.draft = draft
        self.keeper.touch(draft)
        if self.form is not None:
            self.form.look_at_asides()
            self.show_count()
            if self.form.entries != self.step.entries:
                self.post_message(self.Reshaped())

    async def on_intake_page_reshaped(self) -> None:
        """Other fields, in their places."""
        if self.form is not None:
            await self.form.shape(self.step.entries, self.draft)
            self.show_count()

    async def on_form_row_left(self, event: FormRow.Left) -> None:
        """A field was left: its change is whole, its date is written out, and a known person is brought."""
        event.stop()
        self.history.settle()
        await self._settle(event.row.path)

    async def _settle(self, path: str) -> None:
        """What a field needs before anything else happens."""
        tidied = given.tidied(self.item, self.draft, self.counter.today)
        if tidied is not self.draft:
            self._change(tidied)
            self._fill()
        if path == "applicant.id_no":
            await self._bring()

    async def _bring(self) -> None:
        """What an earlier case knows of this person, where nothing was typed."""
        number = given.number(self.item, self.draft, self.counter.today)
        if number in ("", self._looked_up):
            return
        self._looked_up = number
        known = await self.asked(self.counter.known, given.id_kind(self.item, self.draft), number)
        before, after = self.draft, given.bring(given.without_brought(self.draft), known or {})
        if after is not before:
            self.history.changed(BROUGHT, before)
            self.history.settle()
            self._change(after)
            self._fill()
            self.tell(self.words.say("intake.brought_told") if after.brought else "")

    def _fill(self) -> None:
        if self.form is not None:
            self.form.fill(self.draft)

    async def on_form_row_done(self, event: FormRow.Done) -> None:
        """The next field, or after the last one the next step."""
        event.stop()
        pressed_at: float = self.app.pressed_at  # type: ignore[attr-defined]
        if not (isinstance(event.row, EntryField) and pressed_at - self._completed_at < SCAN_S):
            await self.action_field(1)

    async def on_text_field_completed(self, event: TextField.Completed) -> None:
        """A number is whole and right: the next field has the keys. The Enter that a scanner adds means the same."""
        event.stop()
        self._completed_at = self.app.pressed_at  # type: ignore[attr-defined]
        await self.action_field(1)

    async def action_field(self, by: int, every: bool = False) -> None:  # noqa: FBT001, FBT002 - as a key says it
        """To the next field or back; after the last one the next step. Not `every`: past what is preset."""
        form = self.form
        if form is None:
            return
        await form.shape(self.step.entries, self.draft)
        if not form.go(by, every=every):
            if every:
                self.app.bell()
            else:
                await self.action_step(by)

    async def on_mark_list_marked(self, event: MarkList.Marked) -> None:
        """A digit says in which form a material came; space takes the usual one, or takes it back."""
        event.stop()
        key, rows = event.row.key, self.query_one("#rows", MarkList)
        material = next(each for each in self.item.materials if each.id == key)
        held = self.draft.materials.get(key, "")
        if event.mark in (TOGGLE, CLEAR):
            got = "" if held or event.mark == CLEAR else intake_materials.usual(material)
        elif event.mark <= len(intake_materials.MARKS):
            got = intake_materials.MARKS[event.mark - 1]
        else:
            self.app.bell()
            return
        if got == intake_materials.DEFERRED and not intake_materials.may_defer(material):
            self.tell(self.words.say("intake.not_deferrable", name=material.name))
            self.app.bell()
            return
        self._mark(MATERIAL + key, intake_materials.marked(self.draft, key, got) if got != held else self.draft)
        rows.put(self.material_rows(), down=1 if got else 0)
        await self.look_closer()

    def _mark(self, path: str, after: Draft) -> None:
        if after is not self.draft:
            self.history.changed(path, self.draft)
            self.history.settle()
            self._change(after)
            self.show_count()

    async def action_all_received(self) -> None:
        """Everything that is asked for has come, as it usually does; what was marked stays."""
        await self._settle("")
        before = len(self.draft.materials)
        self._mark(MATERIALS, intake_materials.all_received(self.item, self.draft))
        self.tell(self.words.say("intake.all_marked", count=len(self.draft.materials) - before))
        if self.step.kind == "materials":
            self.query_one("#rows", MarkList).put(self.material_rows())
        elif self.step.kind == "review":
            await self.show_step()

    # What is taken back.

    async def action_undo(self) -> None:
        """Takes back the last change."""
        await self._restore(self.history.undo(self.draft), "intake.undone", "intake.nothing_to_undo")

    async def action_redo(self) -> None:
        """Does again what was taken back."""
        await self._restore(self.history.redo(self.draft), "intake.redone", "intake.nothing_to_redo")

    async def _restore(self, change: Change | None, done: str, nothing: str) -> None:
        if change is None:
            self.tell(self.words.say(nothing))
            self.app.bell()
            return
        path = "applicant.id_no" if change.path == BROUGHT else change.path
        place = intake_steps.place_of(intake_steps.steps(self.item, change.draft), path)
        self._change(at(change.draft, self.place if place is None else place))
        await self.show_step(focus=path)
        self.tell(self.words.say(done, what=self._name_of(change.path)))

    def _name_of(self, path: str) -> str:
        """What people call what was changed."""
        if path in (BROUGHT, MATERIALS):
            return self.words.say(f"intake.changed_{path}")
        if path.startswith(MATERIAL):
            material = self.item.material(path.removeprefix(MATERIAL))
            return material.name if material else path
        entries = [entry for step in self.steps for entry in step.entries if entry.path == path]
        return self.words.say(entries[0].label) if entries else label(path, self.item)

    # Closer, and from step to step.

    async def action_closer(self) -> None:
        """F4: the list of choices; on the review whole numbers; else what is known of the row under the cursor."""
        current = self.form.current if self.form else None
        if current is not None and isinstance(current[1], ChoiceField):
            self._choose(current[1], self.words.say(current[0].label))
        elif self.step.kind == "review":
            self._whole_numbers = not self._whole_numbers
            self.put_before_the_clerk()
            self.query_one("#rows", RowList).show(self.review_rows())
        else:
            self._closer = not self._closer
            self.set_class(self._closer, "-closer")
            await self.look_closer()

    def _choose(self, row: ChoiceField, name: str) -> None:
        def picked(values: list[str] | None) -> None:
            if values is not None:
                row.put(values)
                if not row.several:
                    row.post_message(row.Done(row))

        self.app.choose(name, row.answers, row.picked, row.several, picked)  # type: ignore[attr-defined]

    async def action_step(self, by: int) -> None:
        """To the next or the last step; what was typed is durable from here on."""
        target = max(0, min(len(self.steps) - 1, self.place + by))
        if target == self.place:
            self.tell(self.words.say("intake.first_step" if by < 0 else "intake.last_step"))
            self.app.bell()
            return
        self.tell("")
        await self._settle_focused()
        await self._go(target)

    async def _go(self, place: int, focus: str = "") -> None:
        self._change(at(self.draft, place))
        await self.keeper.flush()
        await self.show_step(focus)

    async def _settle_focused(self) -> None:
        """What the field that has the keys needs before the page changes."""
        current = self.form.current if self.form else None
        await self._settle(current[0].path if current else "")

    async def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A row of the review leads to its field; the last one forgets the draft, at the second time."""
        event.stop()
        path = str(event.row.key)
        if path == intake_review.DISCARD:
            await self._discard()
        elif self.step.kind == "review" and (place := intake_steps.place_of(self.steps, path)) is not None:
            await self._go(place, focus=path)

    async def on_row_list_moved(self, _event: RowList.Moved) -> None:
        """Another row: nothing is about to be discarded any more."""
        if self._discarding:
            self.tell("")
        self._discarding = False
        await self.look_closer()

    async def _discard(self) -> None:
        if not self._discarding:
            self._discarding = True
            self.put_before_the_clerk()
            self.tell(self.words.say("intake.discard_sure"))
            return
        await self.keeper.flush(durable=False)
        if await self.asked(self._forget):
            self.keeper.end()
            self.app.action_leave_page()  # type: ignore[attr-defined]

    def _forget(self) -> bool:
        self.counter.discard(self.draft.id)
        return True

    # The case.

    async def action_commit(self) -> None:
        """F9: on the review the case is taken; before it, to the review, where it can be seen first."""
        self.tell("")
        await self._settle_focused()
        if self.step.kind != "review":
            await self._go(len(self.steps) - 1)
            return
        await self.keeper.flush(durable=False)
        line = given.line(self.item, self.draft)
        try:
            done = await self._taken(line)
        except StationError as wrong:
            await self._refused(wrong)
            return
        self.keeper.end()
        self.app.taken(done, line["applicant"].get("name", ""), self.item)  # type: ignore[attr-defined]

    async def _taken(self, line: dict[str, Any]) -> Any:
        task = asyncio.create_task(asyncio.to_thread(self.counter.take, line, self.draft.id))
        await asyncio.wait({task}, timeout=SLOW_S)
        if not task.done():
            self.tell(self.words.say("intake.taking"))
        return await task

    async def _refused(self, wrong: StationError) -> None:
        """Nothing is lost: the field that is wrong opens with its sentence, or the sentence says what to do."""
        self.app.bell()
        path = str(wrong.fields.get("field") or "")
        place = intake_steps.place_of(self.steps, path) if isinstance(wrong, BadInput) else None
        if place is None:
            self.tell(self.words.error(wrong) + self.words.say("intake.stays"))
            return
        await self._go(place, focus=path)
        self.tell(self.words.say("intake.refused"))
        if self.form is not None and (row := self.form.field(path)) is not None:
            row.tell(self.told_below(wrong))

    # What is kept.

    def _write(self, draft: Draft, durable: bool) -> Draft:  # noqa: FBT001 - as the keeper calls it
        return self.counter.keep(draft, durable=durable)

    def _beside(self, work: Coroutine[Any, Any, None]) -> None:
        """By the app, which lives longer than this page."""
        self.app.run_worker(work, group="keeping")

    async def may_leave(self) -> bool:
        """Whether all is kept; where the disk refuses, the second time leaves all the same."""
        await self._settle_focused()
        if await self.keeper.flush() or self._leaves:
            return True
        self._leaves = True
        self.tell(self.words.say("intake.would_lose"))
        self.app.bell()
        return False

    async def action_back(self) -> None:  # type: ignore[override]  # the disk is asked first
        """One level back; the draft is there."""
        if await self.may_leave():
            super().action_back()

    async def action_go(self, place: str) -> None:  # type: ignore[override]  # the disk is asked first
        """To another page; the draft is there."""
        if await self.may_leave():
            super().action_go(place)

    @on(events.ScreenSuspend)
    async def _covered(self) -> None:
        """Another page lies over this one: what was typed is durable from here on."""
        await self.keeper.flush()

    async def on_unmount(self) -> None:
        """The page is gone, by whatever way; what was typed is not."""
        await self.keeper.flush()


def at(draft: Draft, step: int) -> Draft:
    """The draft at that step."""
    return msgspec.structs.replace(draft, step=step)
