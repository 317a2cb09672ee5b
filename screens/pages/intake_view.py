"""What stands on the page of an intake: the step, the count below it, the closer look, and whether all of it is kept.

It shows a draft and decides nothing; what the keys do to the draft is in `screens.pages.intake`.
"""

from __future__ import annotations

from typing import Any

from textual.app import ComposeResult
from textual.containers import Container, Vertical

from screens import intake_answers as given
from screens import intake_closer, intake_materials, intake_review, intake_steps
from screens.draft_history import DraftHistory
from screens.draft_keeper import DraftKeeper
from screens.intake_form import IntakeForm
from screens.intake_steps import Entry, Step
from screens.pages.frame import CounterPage
from screens.painted_page import COMMIT_KEYS
from screens.widgets.key_bar import KeyLabel
from screens.widgets.mark_list import MarkList
from screens.widgets.row_cells import Column
from screens.widgets.row_list import RowList
from screens.widgets.row_window import Row
from screens.widgets.text_lines import Fact, Facts, TextLine
from station.case import china_time
from station.drafts import Draft
from station.errors import StationError
from station.item import Item

OPENS_A_ROW = frozenset({"enter", *map(str, range(1, 10))})
MATERIAL_COLUMNS = (Column(3), Column(24, grows=True), Column(16), Column(10))
REVIEW_COLUMNS = (Column(20, grows=True), Column(20, grows=True))
BOX, EMPTY_BOX = "[x]", "[ ]"


class IntakeView(CounterPage):
    """One step of an intake as it is shown."""

    DEFAULT_CSS = """
    IntakeView #work { height: 1fr; layout: vertical; }
    IntakeView #step { height: 1fr; }
    IntakeView #closer { height: 9; display: none; border-top: ascii $foreground 30%; }
    IntakeView.-closer #closer { display: block; }
    IntakeView.-review #closer { display: block; height: 10; }
    IntakeView.-wide #work { layout: horizontal; }
    IntakeView.-wide #step { width: 1fr; }
    IntakeView.-wide #closer { display: block; width: 30%; height: 1fr; border-top: none; padding-left: 2; }
    IntakeView.-wide.-review #closer { width: 40%; }
    """
    title_id = "intake.title"
    help_steps = ("intake.help_fields", "intake.help_choices", "intake.help_kept", "intake.help_review")
    keeper: DraftKeeper

    def __init__(self, item: Item, draft: Draft) -> None:
        super().__init__()
        self.item, self.draft = item, draft
        self.history = DraftHistory()
        self._steps_of: Draft | None = None
        self._steps: tuple[Step, ...] = ()
        self._pages = intake_steps.pages(item)
        self.form: IntakeForm | None = None  # the fields of this step, where it has any
        self._looked_up = draft.applicant.get("id_no", "") if draft.brought else ""
        self._completed_at = -1.0  # when a number became whole, in the time of events, until more is typed
        self._whole_numbers = self._closer = self._troubled = self._discarding = self._leaves = False

    @property
    def commit_keys(self) -> frozenset[str]:  # type: ignore[override]  # F9 commits on the review alone
        """The keys that commit here; before the review F9 is only a step."""
        if self.step.kind != "review":
            return frozenset()
        return COMMIT_KEYS | OPENS_A_ROW if self._discarding else COMMIT_KEYS

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps as the answers make them now."""
        if self._steps_of is not self.draft:
            self._steps_of, self._steps = self.draft, intake_steps.steps(self.item, self.draft, self._pages)
        return self._steps

    @property
    def place(self) -> int:
        """The place of the step that is shown."""
        return min(self.draft.step, len(self.steps) - 1)

    @property
    def step(self) -> Step:
        """Where the clerk is."""
        return self.steps[self.place]

    @property
    def keys(self) -> tuple[KeyLabel, ...]:  # type: ignore[override]  # as this step needs them
        """The keys of this step; those that mean nothing here keep their place and say why."""
        kind = self.step.kind
        closer = {"form": "key.choices", "materials": "key.closer", "review": "key.whole_numbers"}[kind]
        return (
            KeyLabel("f1", "key.help"),
            KeyLabel("f4", closer),
            KeyLabel("f6", "key.all_received"),
            KeyLabel("f7", "key.step_back", None if self.place else "intake.first_step"),
            KeyLabel("f8", "key.step_on", "intake.last_step" if kind == "review" else None),
            KeyLabel("f9", "key.commit" if kind == "review" else "key.to_review"),
            KeyLabel("escape", "key.later"),
            KeyLabel("f10", "key.menu"),
            KeyLabel("ctrl+z", "key.undo"),
        )

    def body(self) -> ComposeResult:
        """One step at a time, and what is known of the row under the cursor."""
        yield TextLine(id="where")
        with Container(id="work"):
            yield Vertical(id="step")
            yield Facts(id="closer")
        yield TextLine(id="count")

    async def show_step(self, focus: str = "") -> None:
        """This step anew; the keys go to the named field, else to the first that is empty."""
        self.unseen()
        self._discarding = self._whole_numbers = False
        self.name_place(self.item.name)
        self.set_class(self._closer, "-closer")
        self.set_class(self.step.kind == "review", "-review")
        holder = self.query_one("#step", Vertical)
        self.form = None
        await holder.remove_children()
        if self.step.kind == "form":
            form = IntakeForm(self.words, self._sentence, self.typed, self._aside)
            await holder.mount(form)
            await form.shape(self.step.entries, self.draft)
            self.form = form
            form.give_keys(focus, self.draft)
        else:
            await holder.mount(*(self._materials() if self.step.kind == "materials" else self._review()))
            rows = self.query_one("#rows", RowList)
            wanted = focus.removeprefix("materials.")
            rows.action_move(next((at for at, row in enumerate(rows.window.rows) if row.key == wanted), 0))
            rows.focus()
        self.show_keys(self.keys)
        self.show_kept()
        self.show_count()
        await self.look_closer()
        self.call_after_refresh(self.put_before_the_clerk)  # a frame that came before all of it counts for nothing

    def put_before_the_clerk(self) -> None:
        """What is shown is to be read first; the frame that says so comes even where nothing else changes."""
        self.unseen()
        self.query_one("#where").refresh()

    def typed(self, path: str, text: str) -> None:
        """A field has another text."""
        raise NotImplementedError

    def _materials(self) -> list[Any]:
        rows = MarkList(MATERIAL_COLUMNS, id="rows")
        rows.show(self.material_rows())
        return [TextLine(f"    {self.words.say('intake.marks')}"), rows]

    def material_rows(self) -> list[Row]:
        """The materials as they are marked now, those that are asked for in front."""
        say = self.words.say
        return [
            Row(
                each.material.id,
                (
                    BOX if each.here else EMPTY_BOX,
                    each.material.name,
                    intake_closer.needed(each.material, self.words) if each.asked else say("intake.not_needed"),
                    say(f"mark.{each.got}") if each.got else "-",
                ),
                "" if each.asked else "dim",
            )
            for each in intake_materials.offered(self.item, self.draft)
        ]

    def _review(self) -> list[Any]:
        rows = RowList(REVIEW_COLUMNS, digits_open=True, id="rows")
        rows.show(self.review_rows())
        return [rows]

    def review_rows(self) -> list[Row]:
        """What will be taken."""
        lines = intake_review.lines(self.item, self.draft, self.words, whole_numbers=self._whole_numbers)
        return [Row(line.path, (line.label, line.text), "late" if line.loud else "") for line in lines]

    def _sentence(self, entry: Entry, _text: str) -> str | None:
        """What is wrong with a field, for the line below it."""
        wrong = given.trouble(self.item, self.draft, entry.path, self.counter.today)
        return self.told_below(wrong) if wrong is not None else None

    def told_below(self, wrong: StationError) -> str:
        """A sentence that stands below its field need not name it."""
        fields = {name: value for name, value in wrong.fields.items() if name != "field"}
        return self.words.error(type(wrong)(wrong.code, **fields))

    def _aside(self, path: str) -> str:
        """What is known of the text of a field: whose number it is, or that it was brought."""
        if path in self.draft.brought:
            return self.words.say("intake.brought")
        kinds = {
            "applicant.id_no": given.id_kind(self.item, self.draft),
            "agent.id_no": given.agent_id_kind(self.draft),
        }
        if path not in kinds:
            return ""
        today = self.counter.today
        holder = given.holder(kinds[path], given.text_of(self.draft, path), today)
        return intake_review.holder_told(holder, today, self.words)

    def show_count(self) -> None:
        """How far this step is."""
        say, step = self.words.say, self.step
        if step.kind == "form":
            far = intake_steps.progress(self.item, self.draft, step, self.counter.today)
            text = say("intake.filled", filled=far.filled, count=far.count)
            if far.needed:
                names = [say(entry.label) for entry in far.needed]
                text += "   " + say("intake.needed_still", count=len(names), names=names)
        elif step.kind == "materials":
            here, asked = intake_materials.counts(self.item, self.draft)
            text = say("intake.received", here=here, asked=asked)
        else:
            text = say("intake.review_how")
        self.query_one("#count", TextLine).say(text)

    def show_kept(self) -> None:
        """Where we are, and whether all that was typed is kept. The trouble of the disk is told once."""
        if not self.query("#where"):
            return  # the page is gone; the keeper goes on
        keeper, say, step = self.keeper, self.words.say, self.step
        title = say(step.title) + (say("intake.part", part=step.part) if step.part else "")
        where = say("intake.where", place=self.place + 1, count=len(self.steps), step=title)
        kept = say("intake.kept", at=china_time(keeper.saved_at)[11:19]) if keeper.saved_at else ""
        unkept = keeper.trouble is not None or keeper.late
        self.query_one("#where", TextLine).say(where, f"{say('intake.not_kept') if unkept else kept} ")
        if keeper.trouble is not None and not self._troubled:
            self.tell(self.words.error(keeper.trouble) + say("intake.keeps_trying"))
            self.app.bell()
        elif keeper.trouble is None and self._troubled:
            self.tell(say("intake.kept_again"))
        self._troubled = keeper.trouble is not None

    async def look_closer(self) -> None:
        """What is known of the field or row under the cursor; on the review, what was checked."""
        panel = self.query_one("#closer", Facts)
        if not panel.display:
            return
        current, rows = self.form.current if self.form else None, self.query("#rows")
        if self.step.kind == "review":
            panel.show(await self._checks())
        elif current is not None:
            entry, text = current[0], given.text_of(self.draft, current[0].path)
            panel.show(intake_closer.of_field(entry, text, self.words, brought=entry.path in self.draft.brought))
        elif rows and (row := rows.first(RowList).current) is not None:
            offered = intake_materials.offered(self.item, self.draft)
            found = next(each for each in offered if each.material.id == row.key)
            panel.show(intake_closer.of_material(found, self.words))
        else:
            panel.show([])

    async def on_descendant_focus(self) -> None:
        """Another field has the keys."""
        await self.look_closer()

    async def _checks(self) -> list[Fact]:
        """What was checked, and by when the applicant hears something."""
        say = self.words.say
        clocks = await self.asked(self.counter.promise, self.item)
        offline = self.app.sync_status.state.id != "sync.online"  # type: ignore[attr-defined]
        more = [*intake_review.limits(clocks, self.words), *intake_review.notes(self.item, self.words, offline=offline)]
        found = intake_review.checks(self.item, self.draft, self.words, self.counter.today)
        return [
            *(Fact("", f"{say('intake.look')} {check.text}", loud=True) for check in found if not check.good),
            *(Fact("", text) for text in more),
            *(Fact("", f"{say('intake.good')} {check.text}") for check in found if check.good),
        ]
