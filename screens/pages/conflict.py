"""What both sides changed: what it was, what each side says, who, when, by which rule. A person chooses, with a reason.

The arrows choose while the choice has the keys; in a field they move the caret as everywhere. A digit is a reason, and
letters go to the reason by themselves. All conflicts of one case are settled with one F9, each as it was seen.
"""

from __future__ import annotations

from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.geometry import Offset

from screens import act_forms
from screens import intake_answers as given
from screens.conflict_facts import ConflictFacts
from screens.counter_cases import Dispute
from screens.intake_form import IntakeForm
from screens.intake_steps import Entry
from screens.pages.frame import CounterPage
from screens.widgets.entry_field import EntryField
from screens.widgets.form_row import FormRow
from screens.widgets.key_bar import KeyLabel
from screens.widgets.text_lines import Fact, Facts, Sentence, TextLine
from station.drafts import Draft
from sync.conflict import Conflict

REASONS = {"1": "called", "2": "document", "3": "typing_error"}  # by their digits; the sentences are words
SIDES = ("mine", "theirs", "value")
REASON = act_forms.OWN + "reason"


class Choice(TextLine, can_focus=True):
    """The line that has the keys first: arrows choose, digits are reasons, letters begin the reason."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "screen.take('mine')", show=False),
        Binding("right", "screen.take('theirs')", show=False),
        Binding("down", "screen.take('value')", show=False),
        Binding("enter", "screen.to_reason", show=False),
    ]

    def on_focus(self) -> None:
        """An input method opens its window where its letters will stand."""
        field = self.screen.query(EntryField).last() if self.screen.query(EntryField) else self
        self.app.cursor_position = field.content_region.offset + Offset(0, 0)
        self.refresh()

    async def on_key(self, event: events.Key) -> None:
        """A digit gives a reason; any other letter is the first of one."""
        if event.is_printable and event.character:
            event.stop()
            event.prevent_default()
            await self.screen.begin_reason(event.character)  # type: ignore[attr-defined]

    async def on_paste(self, event: events.Paste) -> None:
        """What is pasted is a reason."""
        event.stop()
        await self.screen.begin_reason(" ".join(event.text.split()))  # type: ignore[attr-defined]


class ConflictPage(CounterPage):
    """The conflicts of one case, one after the other."""

    CSS = """
    #values { height: auto; }
    #values > Facts { height: auto; padding-bottom: 0; }
    ConflictPage.-wide #values { layout: horizontal; height: 7; padding: 1 0; }
    ConflictPage.-wide #values > Facts { width: 1fr; height: 1fr; padding-right: 2; }
    #choice { text-style: bold; }
    #choice:focus { text-style: bold reverse; }
    #form { height: auto; }
    #form > IntakeForm { height: auto; max-height: 8; }
    #next { height: 1fr; border-top: ascii $foreground 30%; }
    """
    title_id = "conflict.title"
    help_steps = (
        "conflict.help_look",
        "conflict.help_take",
        "conflict.help_reason",
        "conflict.help_next",
        "conflict.help_settle",
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f6", "case", show=False),
        Binding("f7", "turn(-1)", show=False),
        Binding("f8", "turn(1)", show=False),
        Binding("f9", "commit", show=False),
        Binding("tab,down", "field(1)", show=False),
        Binding("shift+tab,up", "field(-1)", show=False),
    ]

    def __init__(self, conflict_id: str) -> None:
        super().__init__()
        self._wanted = conflict_id
        self._dispute: Dispute | None = None
        self._at = 0
        self._takes: dict[str, str] = {}  # by conflict: which side
        self._draft = Draft(id="", clerk="")

    @property
    def keys(self) -> tuple[KeyLabel, ...]:  # type: ignore[override]  # F7 to F9 depend on what is there and chosen
        """The keys of this page."""
        alone = None if len(self._conflicts) > 1 else "conflict.only_one"
        return (
            KeyLabel("f1", "key.help"),
            KeyLabel("f6", "key.look_at_case"),
            KeyLabel("f7", "key.conflict_before", alone),
            KeyLabel("f8", "key.conflict_after", alone),
            KeyLabel("f9", "key.settle", self._off()),
            KeyLabel("escape", "key.back"),
            KeyLabel("f10", "key.menu"),
        )

    def _off(self) -> str | None:
        """Why nothing can be settled yet."""
        if not self._chosen:
            return "conflict.not_chosen"
        return None if act_forms.own(self._draft, "reason") else "conflict.no_reason"

    @property
    def _conflicts(self) -> tuple[Conflict, ...]:
        return self._dispute.conflicts if self._dispute is not None else ()

    @property
    def _now(self) -> Conflict:
        return self._conflicts[self._at]

    @property
    def _chosen(self) -> list[Conflict]:
        return [each for each in self._conflicts if each.id in self._takes]

    @property
    def _facts(self) -> ConflictFacts:
        assert self._dispute is not None
        return ConflictFacts(self.words, self._dispute)

    def body(self) -> ComposeResult:
        """The values, the rule, the choice, the reason, and what comes of it."""
        yield TextLine(id="line")
        yield TextLine(id="field")
        with Container(id="values"):
            for name in ("base", "mine", "theirs"):
                yield Facts(id=name)
        yield Sentence(id="rule")
        yield Choice(id="choice")
        yield Vertical(IntakeForm(self.words, self._check, self._typed, self._aside), id="form")
        yield Facts(id="next")

    async def begin(self) -> None:
        """Reads the conflicts of the case; they may have been settled meanwhile."""
        await self._read()

    async def look_again(self) -> None:
        """A sync brought something, or back from the case: only what is still so stays chosen."""
        await self._read()

    async def _read(self) -> bool:
        before = {each.id: each.seen for each in self._conflicts}
        found = await self.asked(self.counter.dispute, self._wanted)
        if found is None:
            return False
        if self._dispute is None:
            clerk = self.counter.clerk
            self._draft = act_forms.begun(found.seen, clerk.name if clerk else "")
        self._dispute = found
        same = {each.id for each in found.conflicts if before.get(each.id, each.seen) == each.seen}
        if not found.conflicts:
            self.tell(self.words.say("conflict.gone"))
        elif any(each not in same for each in self._takes):
            self.tell(self.words.say("conflict.moved_on"))
        self._takes = {each: take for each, take in self._takes.items() if each in same}
        places = [place for place, each in enumerate(found.conflicts) if each.id == self._wanted]
        self._at = places[0] if places else 0
        await self._show()
        return True

    # What is shown.

    async def _show(self) -> None:
        self.unseen()
        self.show_keys(self.keys)
        if self._dispute is None or not self._conflicts:
            self.query_one("#choice", Choice).say("")
            return
        now, seen, say, facts = self._now, self._dispute.seen, self.words.say, self._facts
        self._wanted = now.id
        self.name_place(f"{seen.document['applicant']['name']} {seen.document['item_name']}")
        many = say("conflict.where", place=self._at + 1, count=len(self._conflicts))
        self.query_one("#line", TextLine).say(f"{seen.document['number']}  {self.words.state(seen.case.status)}", many)
        self.query_one("#field", TextLine).say(say("conflict.field", field=facts.field(now)))
        for side in ("base", "mine", "theirs"):
            self.query_one(f"#{side}", Facts).show(getattr(facts, side)(now))
        self.query_one("#rule", Sentence).say(say("conflict.rule", id=now.rule, said=self.words.rule(now.rule)))
        await self._shape()
        self.query_one("#choice").focus()
        self._show_choice()

    async def _shape(self) -> None:
        """The field for another value, where one is typed, and the reason."""
        assert self._dispute is not None
        reason = Entry(path=REASON, label="field.reason", required=True, hint=self.words.say("conflict.reason"))
        entries = [reason]
        if self._takes.get(self._now.id) == "value":
            entries.insert(0, act_forms.value_entry(self._dispute.seen, self._now.field, self._draft))
        await self.query_one(IntakeForm).shape(entries, self._draft)

    def _show_choice(self) -> None:
        """Which side is chosen here, and what F9 will do with all that is chosen."""
        say, take = self.words.say, self._takes.get(self._now.id, "")
        said = [
            f"[{label}]" if side == take else f" {label} " for side in SIDES if (label := say(f"conflict.take_{side}"))
        ]
        self.query_one("#choice", Choice).say(say("conflict.choose") + " ".join(said))
        lines = [self._facts.becomes(each, self._takes[each.id], self._draft) for each in self._chosen]
        open_still = len(self._conflicts) - len(lines)
        lines += [Fact("", say("conflict.open_still", count=open_still))] if open_still else []
        self.query_one("#next", Facts).show([*lines, Fact("", say("conflict.next"))])
        self.show_keys(self.keys)

    # Choosing.

    async def action_take(self, side: str) -> None:
        """A side, or a value of one's own, which is then typed."""
        if not self._conflicts:
            return
        self._takes[self._now.id] = side
        self.unseen()
        await self._shape()
        self._show_choice()
        if side == "value":
            self.action_field(1)

    async def begin_reason(self, text: str) -> None:
        """A digit is one of the reasons; anything else is typed into the field."""
        if not self._conflicts:
            return
        if text in REASONS:
            self._reason_is(self._sentence(text))
            return
        field = self.query_one(IntakeForm).field(REASON)
        if isinstance(field, EntryField):
            field.select_on_focus = False  # else the next letter would replace this one
            field.focus()
            field.action_end()
            field.insert_text_at_cursor(text)

    def _reason_is(self, text: str) -> None:
        self._typed(REASON, text)
        self.query_one(IntakeForm).fill(self._draft)

    def action_to_reason(self) -> None:
        """To the reason."""
        field = self.query_one(IntakeForm).field(REASON)
        if field is not None:
            field.focus()

    def action_field(self, by: int) -> None:
        """Between the choice and its fields."""
        form = self.query_one(IntakeForm)
        if isinstance(self.focused, Choice):
            if form.entries:
                form.give_keys(form.entries[0].path, self._draft)
        elif not form.go(by, every=True):
            self.query_one("#choice").focus()  # around the ends

    def on_form_row_done(self, event: FormRow.Done) -> None:
        """The next field; a single digit in the reason stands for its sentence."""
        event.stop()
        self._expand(event.row)
        self.query_one(IntakeForm).go(1, every=True)

    def on_form_row_left(self, event: FormRow.Left) -> None:
        """A field was left."""
        event.stop()
        self._expand(event.row)

    def _expand(self, row: FormRow) -> None:
        if row.path == REASON and act_forms.own(self._draft, "reason") in REASONS:
            self._reason_is(self._reason)

    def _check(self, entry: Entry, text: str) -> str | None:
        assert self._dispute is not None
        now = given.typed(self._draft, entry.path, text)
        wrong = act_forms.trouble(self._dispute.seen, now, entry.path, self.counter.today)
        return self.words.error(wrong) if wrong is not None else None

    def _typed(self, path: str, text: str) -> None:
        """Another letter of a reason or of a value."""
        before = self._off()
        self._draft = given.typed(self._draft, path, text)
        if path != REASON or before != self._off():
            self.unseen()
        self._show_choice()

    def _aside(self, _path: str) -> str:
        return ""

    async def action_turn(self, by: int) -> None:
        """The conflict before or after; what was chosen stays."""
        if off := self.reason("f7"):
            self.tell(off)
            return
        self._at = (self._at + by) % len(self._conflicts)
        await self._show()

    def action_case(self) -> None:
        """The case whole."""
        if self._dispute is not None:
            self.app.open("case", self._dispute.seen.case.id)  # type: ignore[attr-defined]

    # Settling.

    async def action_commit(self) -> None:
        """F9: an ordinary act of the journal for each that is chosen, which names what was seen."""
        if off := self.reason("f9"):
            self.tell(off)
            self.app.bell()
            return
        settled = 0
        for conflict in self._chosen:
            if not await self._settle(conflict):
                told = self.told
                await self._read()
                self.tell(told)
                return
            settled += 1
        await self._read()
        if self._conflicts:
            self.tell(self.words.say("conflict.settled", count=settled))
        else:
            self.action_back()

    async def _settle(self, conflict: Conflict) -> bool:
        take = self._takes[conflict.id]
        typed = self._facts.typed(conflict, take, self._draft)
        done = await self.asked(self.counter.settle, conflict, take, typed, self._reason)
        if done is not None:
            del self._takes[conflict.id]
        return done is not None

    @property
    def _reason(self) -> str:
        return self._sentence(act_forms.own(self._draft, "reason"))

    def _sentence(self, typed: str) -> str:
        """What a digit stands for; any other reason is as it was typed."""
        return self.words.say(f"conflict.reason_{REASONS[typed]}") if typed in REASONS else typed
