"""The instant list, the field above it and the bars below: the model without a terminal, then by keys."""

from __future__ import annotations

import asyncio
import random
import subprocess
import sys
import time
from collections.abc import Callable, Coroutine, Sequence
from pathlib import Path
from typing import Any

import pytest
from rich.cells import cell_len
from textual.app import ComposeResult
from textual.events import Key, Paste
from textual.geometry import Offset
from textual.pilot import Pilot
from textual.widgets import Static

from screens.ordered_keys import OrderedApp
from screens.safe_output import data
from screens.widgets.key_bar import KeyBar, KeyLabel
from screens.widgets.row_cells import CUT, Column, fitted, line
from screens.widgets.row_list import RowList
from screens.widgets.row_window import SCREENS_MOST, Ask, Row, RowWindow
from screens.widgets.status_bar import Part, StatusBar, SyncStatus
from screens.widgets.text_field import TextField

ROOT = Path(__file__).resolve().parent.parent
HEAVY = ("alembic", "httpx", "keyring", "pydantic", "sqlalchemy", "sqlmodel", "station")
TOTAL = 100
ROWS = [Row(number, (f"{number:03}", f"王建国{number}")) for number in range(TOTAL)]
HEIGHT = 10


def fetch(ask: Ask) -> Sequence[Row]:
    """Keyset paging over ROWS."""
    if ask.forward:
        first = 0 if ask.key is None else ask.key + 1
        return ROWS[first : first + ask.most]
    end = TOTAL if ask.key is None else ask.key
    return ROWS[max(0, end - ask.most) : end]


def slow_fetch(ask: Ask) -> Sequence[Row]:
    time.sleep(0.03)
    return fetch(ask)


def settle(window: RowWindow) -> None:
    while (ask := window.need()) is not None:
        window.give(ask, fetch(ask))


def test_the_window_moves_as_a_list_that_is_all_in_memory() -> None:
    chance = random.Random(1)
    window, cursor = RowWindow(), 0
    window.resize(HEIGHT)
    settle(window)
    for _ in range(3_000):
        way = chance.choice(("move", "move", "move", "page", "start", "end", "pick", "resize"))
        if way == "move":
            rows = chance.choice((-1, 1))
            window.move(rows)
            cursor = min(max(0, cursor + rows), TOTAL - 1)
        elif way == "page":
            rows = chance.choice((-1, 1)) * chance.randint(HEIGHT, 3 * HEIGHT)
            window.move(rows)
            cursor = min(max(0, cursor + rows), TOTAL - 1)
        elif way == "pick":
            number = chance.randint(1, 9)
            shown = window.visible
            assert window.pick(number) == (number <= len(shown))
            cursor = shown[number - 1].key if number <= len(shown) else cursor
        elif way == "resize":
            window.resize(chance.randint(4, HEIGHT))
        else:
            window.to_start() if way == "start" else window.to_end()
            cursor = 0 if way == "start" else TOTAL - 1
        settle(window)
        assert window.current is not None
        assert window.current.key == cursor
        assert window.current in window.visible
        keys = [row.key for row in window.rows]
        assert keys == list(range(keys[0], keys[0] + len(keys)))
        assert len(window.visible) == window.height
        assert len(keys) <= HEIGHT * (SCREENS_MOST + 3)


def test_an_empty_list_and_a_short_one_ask_no_more() -> None:
    for rows in ([], ROWS[:3]):
        window = RowWindow()
        window.resize(HEIGHT)
        ask = window.need()
        assert ask == Ask(True, None, HEIGHT * SCREENS_MOST)
        window.give(ask, rows)
        assert window.need() is None
        window.move(50)
        assert window.need() is None
        assert window.current == (rows[-1] if rows else None)
        assert not window.pick(4)


def test_what_is_cut_is_marked_and_every_line_has_its_cells() -> None:
    assert fitted("王建国", 5) == "王建" + CUT
    assert fitted("王建国", 4) == "王" + CUT + " "
    assert fitted("王建国", 6) == "王建国"
    assert fitted("7", 3, right=True) == "  7"
    columns = [Column(8), Column(6, from_width=60), Column(10, grows=True), Column(4, right=True)]
    for width in (10, 24, 40, 59, 60, 80, 120):
        for cells in (("[逾期1天]", "本站", "最低生活保障金申请" * 4, "12"), ("", "", "", "")):
            assert cell_len(line(cells, columns, width)) == width
    assert "本站" not in line(("a", "本站", "b", "1"), columns, 59)


class Desk(OrderedApp[None]):
    CSS = "RowList { height: 10; }"

    def __init__(self, *, from_disk: bool = False, digits_open: bool = False) -> None:
        super().__init__()
        self.opened: list[int] = []
        self.advanced = 0
        self.options = {"from_disk": from_disk, "digits_open": digits_open}

    def compose(self) -> ComposeResult:
        read = slow_fetch if self.options["from_disk"] else fetch
        rows = RowList([Column(4), Column(12, grows=True)], read, total=TOTAL, **self.options)  # type: ignore[arg-type]
        found = RowList([Column(20, grows=True)], id="found")
        yield TextField(id="search", drives=found, instantly=lambda text: found.show([Row(1, (text,))] if text else []))
        yield TextField(id="phone", fixed_length=11, check=lambda text: None if text.startswith("1") else "开头是 1")
        yield rows
        yield found
        yield KeyBar([KeyLabel("f1", "帮助"), KeyLabel("f9", "提交", "还差 1 项")])
        yield StatusBar(SyncStatus(Part("离线"), (Part("待发 7件"), Part("冲突 1"))))

    def on_row_list_opened(self, event: RowList.Opened) -> None:
        self.opened.append(event.row.key)

    def on_text_field_completed(self) -> None:
        self.advanced += 1


def piloted(test: Callable[[Desk, Pilot[None]], Coroutine[Any, Any, None]], **options: bool) -> None:
    async def run() -> None:
        desk = Desk(**options)
        async with desk.run_test(size=(80, 30)) as pilot:
            await test(desk, pilot)

    asyncio.run(run())


def text_of(widget: Any, y: int) -> str:
    return str(widget.render_line(y).text)


@pytest.mark.parametrize("from_disk", [False, True])
def test_keys_move_the_cursor_and_open(from_disk: bool) -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        rows = desk.query(RowList).first()
        rows.focus()
        await pilot.press(
            "down", "down", "enter", "pagedown", "enter", "end", "enter", "up", "enter", "home", "5", "enter"
        )
        await pilot.pause(0.5)
        assert desk.opened == [2, 11, 99, 98, 4]
        assert text_of(rows, 4).startswith(">5  004   王建国4 ")
        assert desk.cursor_position == Offset(rows.content_region.x, rows.content_region.y + 4)

    piloted(keys, from_disk=from_disk)


def test_keys_wait_for_rows_that_come_from_disk() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        desk.query(RowList).first().focus()
        await pilot.pause(0.2)
        for key in ("end", "up", "enter", "home", "pagedown", "pagedown", "pagedown", "pagedown", "enter"):
            desk.post_message(Key(key, None))
        await pilot.pause(1)
        assert desk.opened == [98, 36]

    piloted(keys, from_disk=True)


def test_a_digit_opens_where_digits_open() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        desk.query(RowList).first().focus()
        await pilot.press("pagedown", "pagedown", "3")
        await pilot.pause()
        assert desk.opened == [11]

    piloted(keys, digits_open=True)


def test_a_move_repaints_two_lines_and_no_more() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        rows = desk.query(RowList).first()
        rows.focus()
        await pilot.pause()
        asked: list[int] = []
        refresh = rows.refresh

        def counted(*regions: Any, **options: Any) -> Any:
            asked.append(len(regions))
            return refresh(*regions, **options)

        rows.refresh = counted  # type: ignore[method-assign]
        await pilot.press("down")
        assert asked == [2]

    piloted(keys)


def test_the_list_follows_the_field_in_the_same_moment() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        field, found = desk.query_one("#search", TextField), desk.query_one("#found", RowList)
        field.replace("低保", 0, 0)  # no message in between
        assert found.current == Row(1, ("低保",))

    piloted(keys)


def test_the_anchor_of_an_input_method_is_the_caret_also_when_scrolled() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        field = desk.query_one("#search", TextField)
        field.focus()
        await pilot.pause()
        typed = "王a𠮷·b建国" * 20
        for count, char in enumerate(typed, 1):
            field.insert_text_at_cursor(char)
            wide = cell_len(typed[:count])
            assert desk.cursor_position.x == min(wide, field.size.width - 1), count
        for key in ("home", "right", "right", "end", "left", "left"):
            await pilot.press(key)
            await pilot.pause()
            place = field.cursor_position
            strip = field.render_line(0)
            x = desk.cursor_position.x - field.content_region.x
            char = typed[place : place + 1] or " "
            assert strip.crop(x, x + cell_len(char)).text == char
            assert cell_len(strip.text) == field.size.width

    piloted(keys)


def test_a_paste_of_lines_is_joined_and_told() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        field = desk.query_one("#search", TextField)
        field.focus()
        await pilot.pause()
        desk.post_message(Paste("第一行\r\n第二\t行\x1b[2J"))
        await pilot.pause()
        assert field.value == "第一行 第二 行[2J"
        assert field.sentence == "field.paste_joined"
        assert "field.paste_joined" in text_of(field, 1)
        await pilot.press("x")
        assert field.sentence == ""

    piloted(keys)


def test_a_paste_that_does_not_fit_is_refused_whole() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        field = desk.query_one("#phone", TextField)
        field.focus()
        desk.post_message(Paste("138001380001"))
        await pilot.pause()
        assert (field.value, field.sentence, desk.advanced) == ("", "field.paste_refused", 0)
        desk.post_message(Paste("13800138000"))
        await pilot.pause()
        assert (field.value, field.sentence, desk.advanced) == ("13800138000", "", 1)

    piloted(keys)


def test_a_field_is_checked_on_leaving_and_goes_on_only_when_right() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        field = desk.query_one("#phone", TextField)
        field.focus()
        await pilot.press(*"23800138000")
        assert (desk.advanced, field.sentence) == (0, "")
        await pilot.press("tab")
        await pilot.pause()
        assert field.sentence == "开头是 1"
        field.focus()
        await pilot.press(*"13800138000")
        assert (desk.advanced, field.sentence) == (1, "")

    piloted(keys)


def test_the_bars_say_what_they_must_in_their_cells() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        bar, status = desk.query_one(KeyBar), desk.query_one(StatusBar)
        assert text_of(bar, 0).startswith(" F1帮助-F9提交 ")
        assert (bar.reason("f9"), bar.reason("f1")) == ("还差 1 项", "")
        assert text_of(status, 0).startswith(" [离线] 待发 7件 | 冲突 1 ")
        bar.show([KeyLabel(f"f{number}", "很长的名字") for number in range(1, 11)])
        for line_ in (text_of(bar, 0), text_of(status, 0)):
            assert cell_len(line_) == 80
        assert CUT in text_of(bar, 0)

    piloted(keys)


def test_a_title_takes_data_as_it_is() -> None:
    async def keys(desk: Desk, pilot: Pilot[None]) -> None:
        box = Static("x")
        await desk.mount(box)
        box.border_title = data("[b]王\x1b")
        assert box.border_title is not None
        assert str(box._border_title) == "[b]王⟨U+001B⟩"

    piloted(keys)


MODULES = (
    "ordered_keys",
    "safe_output",
    "widgets.row_list",
    "widgets.text_field",
    "widgets.key_bar",
    "widgets.status_bar",
)


@pytest.mark.parametrize("module", MODULES)
def test_the_screens_import_nothing_heavy(module: str) -> None:
    look = f"import sys, screens.{module}; print(*sorted(set({HEAVY!r}) & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", look], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
