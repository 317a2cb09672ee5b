"""What may be done to a case, and doing it: the acts, with the reason beside each that is off; then a small form.

What an act will change stands below its form at every letter, made by the desk's own rules; F9 commits what was seen.
Where a sync has changed the case meanwhile, the page shows it anew before it commits anything.
"""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message

from screens import act_forms, intake_materials
from screens import intake_answers as given
from screens.act_changes import ActChanges
from screens.case_commands import SeenCase
from screens.case_facts import field_in_words
from screens.intake_form import IntakeForm
from screens.intake_steps import Entry
from screens.pages.frame import CounterPage
from screens.painted_page import COMMIT_KEYS
from screens.widgets.choice_field import ChoiceField
from screens.widgets.form_row import FormRow
from screens.widgets.key_bar import KeyLabel
from screens.widgets.mark_list import CLEAR, TOGGLE, MarkList
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Fact, Facts, TextLine
from station.act_offers import Offer
from station.drafts import Draft
from station.errors import StationError

LIST_COLUMNS = (Column(18), Column(30, grows=True))
MATERIAL_COLUMNS = (Column(24, grows=True), Column(12), Column(14))
CONFLICT = "conflict:"  # before the id of a conflict, among the acts


class ActPage(CounterPage):
    """The acts of one case; then the form of one act."""

    CSS = """
    ActPage #room { height: 1fr; }
    ActPage #work { height: 1fr; }
    ActPage #work > RowList { height: 1fr; }
    #changes { height: 7; border-top: ascii $foreground 30%; display: none; }
    ActPage.-form #changes { display: block; }
    ActPage.-wide #room { layout: horizontal; }
    ActPage.-wide #work { width: 1fr; }
    ActPage.-wide #changes { width: 40; height: 1fr; border-top: none; padding-left: 2; }
    """
    title_id = "act_page.title"
    help_steps = ("act_page.help_pick", "act_page.help_form", "act_page.help_changes", "act_page.help_commit")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f4", "closer", show=False),
        Binding("f6", "all_received", show=False),
        Binding("f7", "page(-1)", show=False),
        Binding("f8", "page(1)", show=False),
        Binding("f9", "commit", show=False),
        Binding("tab,down", "field(1)", show=False),
        Binding("shift+tab,up", "field(-1)", show=False),
    ]

    class Reshaped(Message):
        """The answers ask for other fields than those that are shown."""

    def __init__(self, case_id: str) -> None:
        super().__init__()
        self.case_id = case_id
        self._seen: SeenCase | None = None
        self._offers: tuple[Offer, ...] = ()
        self._act = ""  # empty: the list of acts
        self._page = 0
        self._draft = Draft(id="", clerk="")
        self._first = Draft(id="", clerk="")
        self._leaving = False
        self._right = False  # the act as it stands would be done

    @property
    def commit_keys(self) -> frozenset[str]:  # type: ignore[override]  # F9 commits where an act is filled in
        """The keys that commit here."""
        return COMMIT_KEYS if self._act else frozenset()

    @property
    def keys(self) -> tuple[KeyLabel, ...]:  # type: ignore[override]  # the list and each form have their own
        """The keys of this page."""
        if not self._act:
            return (KeyLabel("f1", "key.help"), KeyLabel("enter", "key.open"), *_ENDS)
        several = None if len(self._pages) > 1 else "act_page.one_page"
        marks = None if self._act == act_forms.MARKED else "act_page.no_marks"
        return (
            KeyLabel("f1", "key.help"),
            KeyLabel("f6", "key.all_received", marks),
            KeyLabel("f7", "key.step_back", several),
            KeyLabel("f8", "key.step_on", several),
            KeyLabel("f9", "key.commit_act", None if self._right else "act_page.not_yet"),
            *_ENDS,
        )

    @property
    def _pages(self) -> tuple[tuple[Entry, ...], ...]:
        assert self._seen is not None
        return act_forms.pages(self._act, self._seen, self._draft)

    @property
    def _form(self) -> IntakeForm | None:
        return next(iter(self.query(IntakeForm)), None)

    def body(self) -> ComposeResult:
        """The case in a line, the list or the form, and what will change."""
        yield TextLine(id="line")
        with Container(id="room"):
            yield Vertical(id="work")
            yield Facts(id="changes")

    async def begin(self) -> None:
        """What may be done now."""
        if await self._read():
            await self._show_list()

    async def look_again(self) -> None:
        """Back from a conflict, or a sync brought something."""
        await self._catch_up()

    async def _read(self) -> bool:
        found = await self.asked(self._looked)
        if found is None:
            return False
        self._seen, self._offers = found
        shown = self._seen.document
        self.name_place(f"{shown['applicant']['name']} {shown['item_name']}")
        state = f"{self.words.state(shown['status'])}  {self.words.sync(shown['sync'])}"
        self.query_one("#line", TextLine).say(f"{shown['number']}  {state}")
        return True

    def _looked(self) -> tuple[SeenCase, tuple[Offer, ...]]:
        seen = self.counter.seen_case(self.case_id)
        return seen, self.counter.offers(seen)

    async def _catch_up(self) -> bool:
        """Shows the case anew where it is not as it was shown; what was typed stays. True where it was so."""
        stand = await self.asked(self.counter.stand, self.case_id)
        if self._seen is None or stand is None or stand == self._seen.stand:
            return False
        if not await self._read():
            return True
        self.tell(self.words.say("act_page.moved_on"))
        if self._act:
            before, self._first = self._first, act_forms.begun(self._seen, self._draft.clerk)
            self._draft = act_forms.carried(self._draft, before, self._first)
            await self._show_form()
        else:
            await self._show_list()
        return True

    # The list of acts.

    async def _show_list(self) -> None:
        self._act, self._leaving = "", False
        self.remove_class("-form")
        rows = RowList(LIST_COLUMNS, digits_open=True, id="acts")
        await self._put(rows)
        rows.show(
            [
                *map(self._conflict, self._seen.document["conflicts"] if self._seen else ()),
                *map(self._offer, self._offers),
            ]
        )
        rows.focus()
        self.show_keys(self.keys)

    async def _put(self, widget: RowList | IntakeForm) -> None:
        self.unseen()
        work = self.query_one("#work", Vertical)
        await work.remove_children()
        await work.mount(widget)

    def _conflict(self, conflict: dict[str, Any]) -> Row:
        assert self._seen is not None
        what = field_in_words(self.words, self._seen.item, conflict["field"])
        return Row(CONFLICT + conflict["id"], (self.words.act("settle"), what))

    def _offer(self, offer: Offer) -> Row:
        words = self.words
        if offer.refusal is not None:
            return Row(offer.act, (words.act(offer.act), words.error(offer.refusal)), "dim")
        return Row(offer.act, (words.act(offer.act), words.say(f"act_page.does_{offer.act}")))

    async def on_row_list_opened(self, event: RowList.Opened) -> None:
        """A digit or Enter picks an act; one that is off says why."""
        event.stop()
        key = str(event.row.key)
        if event.row.tone == "dim":
            self.tell(event.row.cells[1])
            self.app.bell()
        elif key.startswith(CONFLICT):
            self.app.open("conflict", key.removeprefix(CONFLICT))  # type: ignore[attr-defined]
        else:
            await self._begin_form(key)

    async def _begin_form(self, act: str) -> None:
        assert self._seen is not None
        clerk = self.counter.clerk
        self._act, self._page = act, 0
        self._first = self._draft = act_forms.begun(self._seen, clerk.name if clerk else "")
        self.tell("")
        await self._show_form()

    # The form of one act.

    async def _show_form(self) -> None:
        self.add_class("-form")
        self._page = min(self._page, len(self._pages) - 1)
        where = (
            self.words.say("act_page.where", page=self._page + 1, pages=len(self._pages))
            if len(self._pages) > 1
            else ""
        )
        self.query_one("#line", TextLine).say(f"{self.words.act(self._act)}  {where}")
        if self._act == act_forms.MARKED:
            rows = MarkList(MATERIAL_COLUMNS, id="marks")
            await self._put(rows)
            rows.show(self._materials())
            rows.focus()
            self.tell(self.told or self.words.say("act_page.marks"))
        else:
            form = IntakeForm(self.words, self._check, self._typed, lambda _path: "")
            await self._put(form)
            await form.shape(self._pages[self._page], self._draft)
            form.give_keys("", self._draft)
        self._foresee()

    def _check(self, entry: Entry, text: str) -> str | None:
        assert self._seen is not None
        now = given.typed(self._draft, entry.path, text)
        wrong = act_forms.trouble(self._seen, now, entry.path, self.counter.today)
        return self.words.error(wrong) if wrong is not None else None

    def _typed(self, path: str, text: str) -> None:
        """Another letter or choice: what it will change stands below in the same frame."""
        self._change(given.typed(self._draft, path, text))
        form = self._form
        if form is not None and form.entries != self._pages[self._page]:
            self.post_message(self.Reshaped())

    async def on_act_page_reshaped(self) -> None:
        """Other fields, in their places."""
        if (form := self._form) is not None:
            await form.shape(self._pages[self._page], self._draft)

    def _change(self, draft: Draft) -> None:
        if draft is not self._draft:
            self._draft, self._leaving = draft, False
            self._foresee()

    def _foresee(self) -> None:
        """What the act would do as it stands, or what it still needs."""
        assert self._seen is not None
        panel, before = self.query_one("#changes", Facts), self.query_one("#changes", Facts).facts
        try:
            foreseen = self.counter.foresee(self._seen, act_forms.line(self._act, self._seen, self._draft))
            self._right = True
            panel.show(ActChanges(self.words, self._seen, foreseen).lines())
        except StationError as wrong:
            self._right = False
            panel.show([Fact("", self.words.error(wrong))])
        if panel.facts != before:
            self.unseen()
        self.show_keys(self.keys)

    def _materials(self) -> list[Row]:
        assert self._seen is not None
        say, held = self.words.say, self._seen.case.below("materials")
        rows = []
        for each in intake_materials.offered(self._seen.item, self._draft):
            got = held.get(each.material.id, "missing")
            cells = (each.material.name, say(f"got.{got}"), f"→ {say(f'got.{each.got}')}" if each.got else "")
            rows.append(Row(each.material.id, cells, "" if each.asked else "dim"))
        return rows

    def on_mark_list_marked(self, event: MarkList.Marked) -> None:
        """A digit says in which form a material came; space takes the usual one, or takes it back."""
        event.stop()
        assert self._seen is not None
        key, rows = str(event.row.key), self.query_one("#marks", MarkList)
        material = self._seen.item.material(key)
        held = self._draft.materials.get(key, "")
        if material is None or event.mark > len(intake_materials.MARKS):
            self.app.bell()
            return
        if event.mark in (TOGGLE, CLEAR):
            got = "" if held or event.mark == CLEAR else intake_materials.usual(material)
        else:
            got = intake_materials.MARKS[event.mark - 1]
        self._change(intake_materials.marked(self._draft, key, got))
        rows.put(self._materials(), down=1 if got else 0)

    def action_all_received(self) -> None:
        """Every material that is still missing has come, as it usually does."""
        if off := self.reason("f6"):
            self.tell(off)
            return
        assert self._seen is not None
        held = self._seen.case.below("materials")
        draft = self._draft
        for each in intake_materials.offered(self._seen.item, draft):
            if each.asked and not each.got and held.get(each.material.id, "missing") in ("missing", "deferred"):
                draft = intake_materials.marked(draft, each.material.id, intake_materials.usual(each.material))
        self._change(draft)
        self.query_one("#marks", MarkList).put(self._materials())

    async def on_form_row_done(self, event: FormRow.Done) -> None:
        """The next field."""
        event.stop()
        self.action_field(1)

    async def on_text_field_completed(self, event: TextField.Completed) -> None:
        """A number is whole and right: the next field has the keys."""
        event.stop()
        self.action_field(1)

    def action_field(self, by: int) -> None:
        """To the next field or back; the page stays: F8 turns it."""
        form = self._form
        if form is None or not form.go(by, every=True):
            self.app.bell()

    async def action_page(self, by: int) -> None:
        """To the next page of fields or the last one."""
        if not self._act:
            return
        if off := self.reason("f7"):
            self.tell(off)
        elif 0 <= self._page + by < len(self._pages):
            self._page += by
            await self._show_form()
        else:
            self.app.bell()

    def action_closer(self) -> None:
        """The list of choices of a field that has more than it can show."""
        current = self._form.current if self._form else None
        if current is None or not isinstance(current[1], ChoiceField):
            return
        row = current[1]

        def picked(values: list[str] | None) -> None:
            if values is not None:
                row.put(values)

        self.app.choose(self.words.say(current[0].label), row.answers, row.picked, row.several, picked)  # type: ignore[attr-defined]

    # Doing it.

    async def action_commit(self) -> None:
        """F9: the act, with the base that was shown; a case that has changed is shown anew first."""
        if not self._act or self._seen is None:
            return
        if await self._catch_up():
            self.app.bell()
            return
        done = await self.asked(self.counter.act, self._seen, act_forms.line(self._act, self._seen, self._draft))
        if done is not None:
            self._act = ""
            super().action_back()

    async def action_back(self) -> None:  # type: ignore[override]  # the list of acts lies between
        """From a form to the list, from the list to the case; what was typed and not committed is asked for once."""
        if not self._act:
            super().action_back()
        elif self._seen is not None and act_forms.is_touched(self._act, self._seen, self._draft) and not self._leaving:
            self._leaving = True
            self.tell(self.words.say("act_page.not_committed"))
            self.app.bell()
        else:
            self.tell("")
            await self._read()
            await self._show_list()


_ENDS = (KeyLabel("escape", "key.back"), KeyLabel("f10", "key.menu"))
