"""The page after an intake and the page of a paper: printing goes on beside the keys, and what went wrong is said."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pytest
from escpos_reader import read
from fake_printers import FakePrinter, answering, silent
from loop_city import UNEMPLOYED, Station
from printing_pages import begun, choose, open_counter, play, said, taken, until
from rich.cells import cell_len
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages.paper import PaperPage
from screens.pages.printer import PrinterPage
from screens.pages.today import TodayPage
from screens.papers import printers
from screens.widgets.key_bar import KeyBar
from screens.widgets.sheet import Sheet
from screens.words import LANGUAGES

pytest_plugins = ["loop_fixtures"]

ROOT = Path(__file__).resolve().parent.parent
HOLD_S = 15.0
FIRST_BYTE_MS = 500  # from F9 to the first byte at the printer
KINDS = ("tcp", "fifo", "serial")


@pytest.fixture
def done(village: Station) -> Any:
    return village.take(materials=[])


@pytest.fixture
def counter(village: Station, done: Any) -> Counter:
    return open_counter(village)


def held(hold: threading.Event) -> FakePrinter:
    return FakePrinter(lambda way: bytes(hold.wait(HOLD_S)))


def test_the_receipt_of_an_intake_comes_out_by_itself_and_the_page_says_when(counter: Counter, done: Any) -> None:
    printer = FakePrinter(answering)
    choose(counter, printer.target)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await taken(pilot, app, done)
        await until(pilot, lambda: f"已打印 {counter.time_of_day[:3]}" in said(page))
        assert "已存好" in page.told
        assert "没有自动打印，要打按F6" in said(page)  # the notice

    play(counter, what)
    assert done.number in [line.barcode for line in read(printer.end().replace(printers.ASK, b"")).lines]


def test_no_key_waits_for_a_printer_that_hangs(counter: Counter, done: Any) -> None:
    hold = threading.Event()
    printer = held(hold)
    choose(counter, printer.target)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await taken(pilot, app, done)
        await until(pilot, lambda: "正在打印" in said(page))
        await pilot.press("enter")
        await until(pilot, lambda: begun(app, TodayPage))
        assert not hold.is_set()
        hold.set()

    play(counter, what)
    printer.end()


def test_a_paper_that_fails_after_its_page_was_left_is_told_where_the_clerk_is_and_kept_in_mind(
    counter: Counter, done: Any, tmp_path: Path
) -> None:
    hold = threading.Event()
    printer = held(hold)
    choose(counter, printer.target)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await taken(pilot, app, done)
        await pilot.press("enter")
        await until(pilot, lambda: begun(app, TodayPage))
        hold.set()  # the printer hangs up without an answer
        await until(pilot, lambda: done.number in app.screen.told)  # type: ignore[attr-defined]
        assert all(part in app.screen.told for part in ("收件凭证", "编号"))  # type: ignore[attr-defined]
        app.open("receipt", done.case)  # and later it is still known
        await until(pilot, lambda: begun(app, PaperPage) and "没打出来" in said(app.screen))
        choose(counter, f"{tmp_path}/", paper="80")
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "没打出来" not in said(app.screen))
        app.pop_screen()
        app.open("receipt", done.case)
        await until(pilot, lambda: begun(app, PaperPage))
        assert "没打出来" not in said(app.screen)

    play(counter, what)
    printer.end()


def test_a_printer_that_is_off_says_what_to_do_and_one_key_prints_again(
    counter: Counter, done: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(printers, "ANSWER_S", 0.05)
    off = FakePrinter(silent, jobs=0)
    off.end()
    choose(counter, off.target)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await taken(pilot, app, done)
        await until(pilot, lambda: "请看电源和地址" in said(page))
        on = FakePrinter(silent, jobs=2)
        choose(counter, on.target)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "已送到打印机" in said(page))
        assert "补打" not in said(page)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "补打第1次" in said(page))
        on.end()
        marked = [read(job.replace(printers.ASK, b"")).text.count("补打 第1次") for job in on.jobs]
        assert marked == [0, 2]

    play(counter, what)


def test_the_notice_is_one_key_where_something_is_missing_and_off_where_nothing_is(
    counter: Counter, done: Any, tmp_path: Path
) -> None:
    choose(counter, f"{tmp_path}/", paper="80")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await taken(pilot, app, done)
        await pilot.press("f6")
        await until(pilot, lambda: "notice.txt" in said(page))
        whole = type(done)(case=done.case, number=done.number, status=done.status, due=done.due)
        page = await taken(pilot, app, whole)
        await pilot.press("f6")
        await until(pilot, lambda: "不用打告知单" in page.told)

    play(counter, what)
    assert "一次性告知单" in (tmp_path / f"{done.number}-notice.txt").read_text("utf-8")


def test_both_papers_come_out_where_the_station_chose_so(counter: Counter, done: Any, tmp_path: Path) -> None:
    choose(counter, f"{tmp_path}/", paper="58", notice=True)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await taken(pilot, app, done)
        await until(pilot, lambda: said(page).count("已存成文件") == 2)

    play(counter, what)
    assert sorted(path.name for path in tmp_path.glob("*.txt")) == [
        f"{done.number}-notice.txt",
        f"{done.number}-receipt.txt",
    ]


def test_the_same_person_and_the_look_at_the_receipt_are_one_key(
    counter: Counter, done: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await taken(pilot, app, done)
        opened: list[tuple[str, str]] = []
        monkeypatch.setattr(app, "open", lambda kind, key: opened.append((kind, key)))
        await pilot.press("ctrl+r", "f4")
        assert opened == [("person", done.case), ("receipt", done.case)]

    play(counter, what)


@pytest.mark.parametrize(("size", "columns"), [((80, 24), 50), ((120, 40), 80)])
def test_a_paper_is_shown_beside_its_printer_and_its_past(
    counter: Counter, done: Any, tmp_path: Path, size: tuple[int, int], columns: int
) -> None:
    choose(counter, f"{tmp_path}/", paper="80", copies=2)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        app.open("receipt", done.case)
        await until(pilot, lambda: begun(app, PaperPage))
        page: Any = app.screen
        sheet = page.query_one(Sheet)
        assert "收件凭证" in "\n".join(sheet.lines)
        assert "350200195503120025" not in "\n".join(sheet.lines)
        assert sheet.region.right <= size[0]
        assert (max(map(len, sheet.lines)) <= 48, "还没有打印过" in said(page)) == (True, True)
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "打印过：" in said(page) and "林小梅" in said(page))
        await until(pilot, lambda: "补打 第1次" in "\n".join(sheet.lines))  # so the next one would look
        await pilot.press("f6")
        await until(pilot, lambda: "一次性告知单" in "\n".join(sheet.lines))
        await pilot.press("1")
        assert sheet.region.width == 32 + 4
        await pilot.press("3")
        await pilot.pause()
        assert sheet.region.width == columns + 4

    play(counter, what, size)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_key_has_room_at_80_columns(counter: Counter, done: Any, lang: str) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        for page in (await taken(pilot, app, done), PaperPage("receipt", done.case), PrinterPage()):
            if page is not app.screen:
                app.push_screen(page)
                await until(pilot, lambda page=page: begun(app, type(page)))
            bar = page.query_one(KeyBar)
            assert cell_len("".join(map(bar._text, bar.keys))) <= 80, lang

    play(counter, what, lang=lang)


def test_a_paper_that_a_case_has_not_says_so_and_the_other_stays(village: Station) -> None:
    whole = village.take(UNEMPLOYED, answers={"last_job": "never", "education": "primary", "jobless_on": "2026-09-01"})
    assert whole.missing == ()
    counter = open_counter(village)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        app.open("receipt", whole.case)
        await until(pilot, lambda: begun(app, PaperPage))
        page: Any = app.screen
        before = page.query_one(Sheet).lines
        await pilot.press("f6")
        await until(pilot, lambda: "材料已齐" in page.told)
        assert page.query_one(Sheet).lines == before
        await pilot.press("ctrl+p")
        await until(pilot, lambda: "还没有设打印机" in said(page))

    play(counter, what)


@pytest.mark.slow
def test_the_first_byte_follows_f9_in_time_on_every_kind_of_printer() -> None:
    command = [sys.executable, "scripts/bench_print.py", "--quick", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=240, check=False)
    assert done.returncode == 0, done.stderr.decode()
    figures = json.loads(done.stdout)
    assert set(figures) == {"print.first", *(f"print.{kind}.{what}" for kind in KINDS for what in ("p50", "most"))}
    assert all(0 < figures[f"print.{kind}.p50"] <= FIRST_BYTE_MS for kind in KINDS)
