"""A tiny counter for the keyboard tests: four pages, a dialog, busy handlers, slow pages. Runs in a pty.

    python tests/ordered_keys_app.py RESULTS [--stock] [--short]

F8 ends a script: one JSON line with what each field received goes to RESULTS and the first page is back. Each field is
named with the number of the page that it stands on, counted from the start of the script.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from pathlib import Path
from typing import Any, cast

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding
from textual.screen import ModalScreen
from textual.widgets import Static

from screens.ordered_keys import Dropped, OrderedApp
from screens.painted_page import Page
from screens.quiet import KEYS_WAIT
from screens.widgets.text_field import TextField

STOCK = "--stock" in sys.argv
RESULTS = Path(sys.argv[1])
BUSY_S = 0.15
READ_S = 0.08
STUCK_S = 2.0
HEAVY = ("httpx", "keyring", "pydantic", "sqlalchemy", "sqlmodel")
HOME_DEPTH = 2  # pages below and with the first one
FIELDS = ("name", "id_no", "phone", "note")


class Counter(Page[Any]):
    """A page that numbers itself and tells what its fields receive."""

    AUTO_FOCUS = "TextField"

    def __init__(self) -> None:
        super().__init__()
        self.desk = cast("Any", self.app)
        self.number = self.desk.opened()

    def field(self, name: str, **options: Any) -> TextField:
        key = f"{self.number}.{name}"

        def receive(value: str) -> None:
            self.desk.received[key] = value

        return TextField(id=name, instantly=receive, **options)


class Home(Counter):
    def compose(self) -> ComposeResult:
        yield self.field("box")

    def on_input_submitted(self, event: TextField.Submitted) -> None:
        """The first letter says how the form opens."""
        text = event.value
        event.input.clear()
        if text.startswith("w"):
            self.read_then_open()
        else:
            self.app.push_screen(Form(slow=text.startswith("s")))

    @work(group=KEYS_WAIT)
    async def read_then_open(self) -> None:
        await asyncio.to_thread(time.sleep, READ_S)
        self.call_next(self.app.push_screen, Form(slow=False))


class Form(Counter):
    BINDINGS = [Binding("f4", "ask", priority=True), Binding("escape", "leave"), Binding("f9", "review")]
    commit_keys = frozenset()

    def __init__(self, *, slow: bool) -> None:
        super().__init__()
        self.slow = slow

    def compose(self) -> ComposeResult:
        for name in FIELDS:
            yield self.field(name, fixed_length={"id_no": 18, "phone": 11}.get(name, 0))
        yield from (Static(f"第{line}行") for line in range(12 if self.slow else 2))

    async def on_mount(self) -> None:
        if self.slow:
            await asyncio.sleep(0.1)

    async def on_input_submitted(self, event: TextField.Submitted) -> None:
        """Enter is Tab, but after some texts the page is busy first; in the last field it goes on."""
        if event.value.endswith("b"):
            await asyncio.sleep(BUSY_S)
        elif event.value.endswith("z"):
            await asyncio.sleep(STUCK_S)
        elif event.value.endswith("k"):
            time.sleep(BUSY_S)
        if event.input.id == FIELDS[-1]:
            self.app.push_screen(Review())
        else:
            self.focus_next()

    def on_text_field_completed(self, event: TextField.Completed) -> None:
        self.focus_next()

    def action_ask(self) -> None:
        self.app.push_screen(Dialog(), self.answered)

    def answered(self, answer: str | None) -> None:
        self.query_one("#note", TextField).focus()
        self.desk.received[f"{self.number}.answer"] = answer or ""

    def action_leave(self) -> None:
        self.app.pop_screen()

    def action_review(self) -> None:
        self.app.push_screen(Review())


class Dialog(Counter, ModalScreen[Any]):
    def compose(self) -> ComposeResult:
        yield self.field("why")

    def on_input_submitted(self, event: TextField.Submitted) -> None:
        self.dismiss(event.value)


class Review(Counter):
    BINDINGS = [Binding("f9", "commit"), Binding("enter", "home")]

    def compose(self) -> ComposeResult:
        yield Static("核对")
        yield self.field("remark")

    def action_commit(self) -> None:
        self.desk.received["commits"] = str(int(self.desk.received.get("commits", "0")) + 1)

    def on_input_submitted(self) -> None:
        """Back to the first page, over the form."""
        while len(self.app.screen_stack) > HOME_DEPTH:
            self.app.pop_screen()


BASE: Any = App if STOCK else OrderedApp


class Desk(BASE):  # type: ignore[misc]
    """The app itself, ordered or stock."""

    ENABLE_COMMAND_PALETTE = False
    waiting_most = 300 if "--short" in sys.argv else 4_096
    BINDINGS = [Binding("f8", "tell", priority=True)]

    def __init__(self) -> None:
        super().__init__()
        self.pages = 0
        self.received: dict[str, str] = {}
        self.dropped: list[str] = []

    def opened(self) -> int:
        self.pages += 1
        return self.pages

    def keys_dropped(self, why: Dropped) -> None:
        self.dropped.append(why.value)
        super().keys_dropped(why)

    async def on_mount(self) -> None:
        await self.push_screen(Home())
        self.call_after_refresh(self.say, {"ready": [name for name in HEAVY if name in sys.modules]})

    async def action_tell(self) -> None:
        received = {key: value for key, value in self.received.items() if value and not key.endswith(".box")}
        while len(self.screen_stack) > HOME_DEPTH:
            await self.pop_screen()
        if len(self.screen_stack) < HOME_DEPTH:  # keys in a wrong order may have left the first page, too
            await self.push_screen(Home())
        box = self.screen.query_one(TextField)
        left = box.value
        box.clear()
        self.pages, self.received, dropped, self.dropped = 1, {}, self.dropped, []
        self.say({"received": received, "dropped": dropped, "box": left})

    def say(self, document: dict[str, Any]) -> None:
        with RESULTS.open("a", encoding="utf-8") as file:
            file.write(json.dumps(document, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    Desk().run()
