"""Draws the screens as pictures, from the real pages of a demo station: docs/screens/*.svg.

    python scripts/draw_screens.py [--out FOLDER] [--size 120x40] [--lang en] [--only NAME ...]

A city is built on this machine, a clerk's morning is played by keys, and each page is kept as it was painted.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from drawn_screen import svg
from textual.pilot import Pilot

from screens import demo_data
from screens.context import Context
from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.demo_city import Story, build, leave_work, main_job
from screens.demo_hub import DemoHub
from screens.demo_station import DemoStation
from screens.quiet import is_quiet
from screens.words import Words

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "docs" / "screens"
SETTLE_ROUNDS = 400
ROUND_S = 0.01

Step = tuple[str, tuple[str, ...]]  # the name of the picture that is taken after these keys; no name, no picture

ID_NO = "350200195503120025"
WALK: tuple[Step, ...] = (
    ("lock", ()),
    ("", (demo_data.PASSPHRASE, "enter")),
    ("sign-in", ()),
    ("today", (demo_data.PIN, "enter")),
    ("help", ("f1",)),
    ("menu", ("escape", "f10")),
    ("search", ("escape", "ylbx")),
    ("item", ("f4",)),
    ("intake", ("escape", "enter")),
    ("intake-typed", (ID_NO, "陈秀英", "enter", "13800000001")),
    ("form", ("f8", "1", "1", "0312", "enter", "3", "1", "2")),
    ("materials", ("f8", "f8", "f6")),
    ("review", ("f9",)),
    ("taken", ("f9",)),
    ("receipt", ("f4",)),
    ("cases", ("escape", "escape", "f3")),
    ("case", ("enter",)),
    ("acts", ("f6",)),
    ("sync", ("escape", "escape", "escape", "f10", *["down"] * 11, "enter")),
    ("printer", ("escape", "f10", *["down"] * 12, "enter")),
    ("conflict", ("escape", "1", "enter")),
    ("person", ("escape", ID_NO[-6:], "enter")),
)


def main() -> int:
    """Builds the city, walks, draws."""
    parser = argparse.ArgumentParser(description="draw the screens")
    parser.add_argument("--out", type=Path, default=FOLDER)
    parser.add_argument("--size", default="80x24")
    parser.add_argument("--lang", default="zh-Hans")
    parser.add_argument("--only", nargs="*", default=())
    options = parser.parse_args()
    columns, rows = map(int, options.size.split("x"))
    options.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        story = Story(Context(home=None, lang=options.lang, as_json=True, clerk=None))
        hub = DemoHub(Path(folder) / "hub")
        try:
            stations: list[DemoStation] = []
            build(story, hub, stations, Path(folder))
            main_job(story, hub, stations)
            leave_work(hub, stations[0])
            stations[0].close()
            counter = Counter(stations[0].home)
            drawn = asyncio.run(walk(counter, Words.of(options.lang), (columns, rows)))
        finally:
            hub.stop()
    for name, picture in drawn.items():
        if not options.only or name in options.only:
            (options.out / f"{name}-{columns}x{rows}.svg").write_text(picture, encoding="utf-8")
    print(f"{len(drawn)} pictures: {', '.join(drawn)}")
    return 0


async def walk(counter: Counter, words: Words, size: tuple[int, int]) -> dict[str, str]:
    """The pictures by name."""
    drawn: dict[str, str] = {}
    app = CounterApp(counter, words)
    async with app.run_test(size=size) as pilot:
        for name, keys in WALK:
            for key in keys:
                await press(pilot, app, key)
            if name:
                drawn[name] = svg(app.screen._compositor.render_strips(), size[0])
    counter.close()
    return drawn


async def press(pilot: Pilot[int], app: CounterApp, key: str) -> None:
    """One key, or the letters of a text, and what they set going."""
    for each in [key] if key in KEYS else list(key):
        await pilot.press(each)
    await settled(pilot, lambda: is_quiet(app))


async def settled(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Waits until nothing is left to do, workers included."""
    still = 0
    for _ in range(SETTLE_ROUNDS):
        still = still + 1 if holds() else 0
        if still > SETTLE_STILL:
            return
        await pilot.pause(ROUND_S)


SETTLE_STILL = 20
KEYS = frozenset(
    ["enter", "escape", "up", "down", "left", "right", "tab", "space", "ctrl+p", "ctrl+r"]
    + [f"f{number}" for number in range(1, 13)]
)


if __name__ == "__main__":
    sys.exit(main())
