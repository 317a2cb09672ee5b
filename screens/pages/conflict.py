"""One conflict: what it was, what each side said, who, when, by which rule. Its author chooses, with a reason."""

from __future__ import annotations

from typing import Any, ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from screens.pages.frame import CounterPage
from screens.widgets.key_bar import KeyLabel
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import TextLine

REASONS = ("called", "document", "typing_error")  # picked by digit; their sentences are words


class ConflictPage(CounterPage):
    """Left and right choose, a digit gives the reason, F9 settles what was seen."""

    title_id = "conflict.title"
    keys = (
        KeyLabel("f1", "key.help"),
        KeyLabel("left", "key.mine"),
        KeyLabel("right", "key.theirs"),
        KeyLabel("f9", "key.settle"),
        KeyLabel("escape", "key.back"),
        KeyLabel("f10", "key.menu"),
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "take('mine')", show=False, priority=True),
        Binding("right", "take('theirs')", show=False, priority=True),
        Binding("f9", "commit", show=False),
    ]

    def __init__(self, conflict_id: str) -> None:
        super().__init__()
        self._id = conflict_id
        self._take = "mine"
        self._shown: Any = None

    def body(self) -> ComposeResult:
        """The three values and the reason."""
        for name in ("field", "base", "mine", "theirs", "rule", "chosen"):
            yield TextLine(id=name)
        yield TextLine(self.words.say("conflict.reasons"))
        yield TextField(id="reason", max_length=200, placeholder=self.words.say("conflict.reason"))

    async def begin(self) -> None:
        """Reads the conflict; it may have been settled meanwhile."""
        found = [each for each in await self.asked(self.counter.conflicts) or [] if each.id == self._id]
        if not found:
            self.tell(self.words.say("conflict.gone"))
            return
        self._shown = found[0]
        shown: dict[str, Any] = found[0].document(self.app.device)  # type: ignore[attr-defined]
        say = self.words.say
        self.query_one("#field", TextLine).say(say("conflict.field", field=self.words.field(shown["field"])))
        for name in ("base", "mine", "theirs"):
            by = say("conflict.by", by=shown["by"], at=shown["at"]) if name == "theirs" else ""
            self.query_one(f"#{name}", TextLine).say(say(f"conflict.{name}", value=shown[name] or "-") + by)
        self.query_one("#rule", TextLine).say(self.words.rule(shown["rule"]))
        self.query_one("#reason").focus()
        self.action_take("mine")

    def action_take(self, side: str) -> None:
        """Chooses a side."""
        self._take = side
        self.query_one("#chosen", TextLine).say(self.words.say(f"conflict.chosen_{side}"))

    async def action_commit(self) -> None:
        """F9: an ordinary act of the journal, which names what was seen."""
        reason = self.query_one("#reason", TextField).value.strip()
        if reason.isdigit() and 0 < int(reason) <= len(REASONS):
            reason = self.words.say(f"conflict.reason_{REASONS[int(reason) - 1]}")
        if self._shown is None:
            return
        done = await self.asked(self.counter.settle, self._shown, self._take, None, reason)
        if done is not None:
            self.action_back()
