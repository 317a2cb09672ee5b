"""Typed-ahead keys, scans and pastes reach the field they were meant for; nothing typed ahead commits.

The app runs in a real pty. What each field received is compared with what a clerk meant, script by script.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from textual import events
from textual.widgets import Input

if sys.platform == "win32":
    pytest.skip("a pty is needed", allow_module_level=True)

from screens.ordered_keys import OrderedApp
from scripts.pty_terminal import Terminal
from tests.key_scripts import ENTER, F8, F9, TAB, Script

APP = str(Path(__file__).parent / "ordered_keys_app.py")
SCRIPTS = 500
PROCESSES = 8
CONTROLS = 12
FRAMES = "20"  # a second: a third of the usual, to leave the cores to the keys
STILL_S = 0.02  # before a script is ended: what a clerk would wait for the next citizen
SETTLED_S = 0.7  # the stock app does not tell when it is done


class Desk:
    """The app of the tests in its terminal."""

    def __init__(self, terminal: Terminal, results: Path) -> None:
        self.terminal = terminal
        self._results = results.open(encoding="utf-8")
        self.greeting = self.result()

    def result(self, timeout_s: float = 30.0) -> dict[str, Any]:
        """The next line that the app writes."""
        until = time.monotonic() + timeout_s
        line = ""
        while time.monotonic() < until:
            line += self._results.readline()
            if line.endswith("\n"):
                document: dict[str, Any] = json.loads(line)
                return document
            time.sleep(0.005)
        raise TimeoutError(self.terminal.output[-2_000:].decode(errors="replace"))

    def play(self, script: Script, wait_s: float = STILL_S) -> dict[str, str]:
        """Types a script and says what the fields received."""
        together = b""
        for data, pause_s in script.presses:
            together += data
            if pause_s:
                self.terminal.type(together)
                together = b""
                time.sleep(pause_s)
        self.terminal.type(together)
        time.sleep(wait_s)
        received: dict[str, str] = self.told()["received"]
        return received

    def told(self) -> dict[str, Any]:
        """Ends a script."""
        self.terminal.type(F8)
        return self.result()


@contextmanager
def desk(folder: Path, *options: str) -> Iterator[Desk]:
    results = folder / "results.jsonl"
    results.touch()  # read while it is written
    with Terminal([APP, str(results), *options], more={"TEXTUAL_FPS": FRAMES}) as terminal:
        yield Desk(terminal, results)


def wrong_of(folder: Path, seeds: range, options: tuple[str, ...] = (), wait_s: float = STILL_S) -> list[str]:
    """Plays scripts one after another in one app; the differences, with their seeds."""
    folder.mkdir()
    wrong = []
    with desk(folder, *options) as at:
        for seed in seeds:
            script = Script(seed)
            received = at.play(script, wait_s)
            if received != script.expected:
                wrong.append(f"seed {seed} at {script.speed_ms} ms: {received} instead of {script.expected}")
    return wrong


@pytest.mark.parametrize("_once", [None], ids=[f"{SCRIPTS} scripts"])
def test_every_key_reaches_the_field_it_was_meant_for(tmp_path: Path, _once: None) -> None:
    with ThreadPoolExecutor(PROCESSES) as pool:
        parts = [range(first, SCRIPTS, PROCESSES) for first in range(PROCESSES)]
        wrong = list(pool.map(lambda part: wrong_of(tmp_path / str(part.start), part), parts))
    assert [line for lines in wrong for line in lines] == []


def test_the_scripts_find_what_stock_textual_does_wrong(tmp_path: Path) -> None:
    halves = [range(0, CONTROLS, 2), range(1, CONTROLS, 2)]
    with ThreadPoolExecutor(len(halves)) as pool:
        wrong = pool.map(lambda part: wrong_of(tmp_path / str(part.start), part, ("--stock",), SETTLED_S), halves)
    assert sum(map(len, wrong)) >= CONTROLS // 2


def test_the_first_frame_needs_no_heavy_package(tmp_path: Path) -> None:
    with desk(tmp_path) as at:
        assert at.greeting == {"ready": []}


def test_a_commit_typed_ahead_stops_at_the_review_and_so_does_what_follows(tmp_path: Path) -> None:
    with desk(tmp_path) as at:
        at.terminal.type(b"s" + ENTER + b"Wang" + F9 + F9 + b"123" + ENTER + b"456")
        at.terminal.wait_for("核对".encode())
        time.sleep(0.3)
        told = at.told()
        assert told["received"] == {"2.name": "Wang"}
        assert set(told["dropped"]) == {"unseen"}


def test_a_commit_on_a_page_that_was_seen_is_delivered(tmp_path: Path) -> None:
    with desk(tmp_path) as at:
        at.terminal.type(b"h" + ENTER + b"Wang" + F9)
        at.terminal.wait_for("核对".encode())
        time.sleep(0.3)
        at.terminal.type(F9)
        told = at.told()
        assert told["received"] == {"2.name": "Wang", "commits": "1"}
        assert told["dropped"] == []


def test_the_line_has_an_end_and_what_is_lost_is_lost_as_a_whole(tmp_path: Path) -> None:
    with desk(tmp_path, "--short") as at:
        at.terminal.type(b"h" + ENTER + b"z" + ENTER)
        time.sleep(0.3)
        typed = "".join(str(number % 10) for number in range(600))
        at.terminal.type(b"a" + TAB + TAB + typed.encode())
        at.terminal.wait_for(b"\x07")
        until = time.monotonic() + 4  # the burst goes on while the page wakes up and the line is delivered
        while time.monotonic() < until:
            at.terminal.type(b"X")
            time.sleep(0.01)
        time.sleep(1)
        told = at.told()
        assert set(told["dropped"]) == {"too_many"}
        assert told["received"]["2.name"] == "z"
        assert told["received"]["2.id_no"] == "a"
        note = told["received"]["2.note"]
        assert typed.startswith(note)
        assert 290 < len(note) < 300


def test_escape_leaves_a_page_that_does_not_answer_and_takes_the_typing_along(tmp_path: Path) -> None:
    with desk(tmp_path) as at:
        at.terminal.type(b"h" + ENTER + b"z" + ENTER)
        time.sleep(0.3)
        at.terminal.type(b"350212")
        time.sleep(1.1)
        at.terminal.type(b"\x1b")
        time.sleep(1.2)
        told = at.told()
        assert told == {"received": {"2.name": "z"}, "dropped": ["left"], "box": ""}


def test_a_burst_that_ends_with_escape_is_kept_whole() -> None:
    class Left(OrderedApp[str]):
        BINDINGS = [("escape", "leave", "")]

        def compose(self) -> Any:
            yield Input(id="name")

        def action_leave(self) -> None:
            self.exit(self.query_one(Input).value)

    async def run() -> str | None:
        app = Left()
        async with app.run_test() as pilot:
            for key in ("a", "b", "c", "d", "escape"):  # as one read of the terminal brings them
                app.post_message(events.Key(key, key if len(key) == 1 else None))
            for _ in range(100):
                await pilot.pause(0.01)
                if app.return_value is not None:
                    break
        return app.return_value

    assert asyncio.run(run()) == "abcd"
