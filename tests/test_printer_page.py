"""The printer page: what this computer has, what was typed, a trial page before it is kept, and nothing lost by Esc."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from escpos_reader import read
from fake_printers import FakePrinter, answering
from loop_city import Station
from printing_pages import begun, choose, open_counter, play, until
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages.printer import PrinterPage
from screens.pages.today import TodayPage
from screens.papers import found_printers, printers
from screens.papers.trial import DIGITS, NUMBER
from screens.widgets.choice_line import ChoiceLine
from screens.widgets.row_list import RowList
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Sentence

pytest_plugins = ["loop_fixtures"]


@pytest.fixture
def counter(village: Station) -> Counter:
    return open_counter(village)


@pytest.fixture
def devices(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A /dev with a USB printer, a serial line that is one, and a serial port without hardware."""
    folder = tmp_path / "dev"
    (folder / "usb").mkdir(parents=True)
    ours, theirs = os.openpty()
    (folder / "usb" / "lp0").symlink_to("/dev/null")
    (folder / "ttyUSB0").symlink_to(os.ttyname(theirs))
    (folder / "ttyS0").symlink_to("/dev/null")
    (folder / "lp0").write_text("no device")
    monkeypatch.setattr(found_printers, "DEVICES", folder)
    yield folder
    os.close(ours)
    os.close(theirs)


async def opened(pilot: Pilot[int], app: CounterApp) -> Any:
    app.go("printer")
    await until(pilot, lambda: begun(app, PrinterPage))
    await pilot.pause()
    return app.screen


def ways(page: Any) -> list[tuple[str, ...]]:
    return [row.cells for row in page.query_one("#ways", RowList).window.rows]


def pick(page: Any, name: str) -> str:
    """The digit of the row with that name."""
    return str(next(place for place, cells in enumerate(ways(page), 1) if cells[0] == name))


async def typed(pilot: Pilot[int], *keys: str) -> None:
    for key in keys:
        for each in [key] if key in ("enter", "tab", "f6", "f9", "escape", "home", "end", "backspace") else list(key):
            await pilot.press(each)
    await pilot.pause()


def test_only_what_answers_as_a_device_is_offered(counter: Counter, devices: Path) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        names = [cells[0] for cells in ways(page)]
        assert names[:2] == [str(devices / "usb" / "lp0"), str(devices / "ttyUSB0")]
        assert names[2:] == ["网络打印机", "存成文件", "不打印"]
        assert page.query_one("#ways", RowList).current.key[0] == "none"

    play(counter, what)


def test_a_device_without_the_right_or_in_use_is_shown_with_its_reason(devices: Path, monkeypatch: Any) -> None:
    def refused(path: Any, *_: Any) -> int:
        raise PermissionError(13, "no") if "usb" in str(path) else OSError(16, "busy")

    monkeypatch.setattr(found_printers.os, "open", refused)
    assert [each.state for each in found_printers.found()] == ["permission", "in_use", "in_use"]


def test_the_systems_queues_are_offered(devices: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool = tmp_path / "bin" / "lpstat"
    tool.parent.mkdir()
    tool.write_text("#!/bin/sh\n[ \"$1\" = -e ] && printf 'HP_A4\\nOffice\\n'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tool.parent}:{os.environ['PATH']}")
    assert [each.target for each in found_printers.found()][1:3] == ["cups:HP_A4", "cups:Office"]


def test_a_network_printer_is_typed_kept_and_there_again(counter: Counter, devices: Path) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await typed(pilot, pick(page, "网络打印机"), "enter", "192.168.1.50", "enter", "2", "enter", "2", "enter")
        await typed(pilot, "1", "enter", "backspace", "3", "enter", "12345", "enter", "https://q.example/", "f9")
        await until(pilot, lambda: "已保存" in page.told)
        await typed(pilot, "escape")
        await until(pilot, lambda: begun(app, TodayPage))
        page = await opened(pilot, app)
        assert page.query_one("#ways", RowList).current.key[0] == "network"
        assert page.query_one("#address", TextField).value == "192.168.1.50"
        assert page.query_one("#paper", ChoiceLine).value == "80"
        setting, papers = counter.printing.setting(), counter.printing.papers()
        assert (setting.target, setting.paper, setting.automatic) == ("tcp://192.168.1.50", "80", False)
        assert (setting.notice, setting.copies) == (True, 3)
        assert (papers.phone, papers.query_url) == ("12345", "https://q.example/")

    play(counter, what)


def test_what_is_wrong_is_said_and_the_keys_go_there(counter: Counter, devices: Path) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await typed(pilot, pick(page, "存成文件"), "enter", "/x", "enter", "enter", "f9")
        await until(pilot, lambda: "文件夹" in page.told)
        assert app.focused is page.query_one("#address")
        await typed(pilot, "/tmp", *["enter"] * 4, "9", "enter", "f9")
        await until(pilot, lambda: "份数要填1到5" in page.told)
        assert app.focused is page.query_one("#copies")
        assert counter.printing.setting().target == ""

    play(counter, what)


def test_a_trial_page_shows_width_hanzi_codes_and_cut_before_anything_is_kept(counter: Counter, devices: Path) -> None:
    printer = FakePrinter(answering)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await typed(pilot, pick(page, "网络打印机"), "enter", f"127.0.0.1:{printer.port}", "enter", "2", "f6")
        await until(pilot, lambda: "已打印" in page.query_one("#state", Sentence).text)
        assert counter.printing.setting().target == ""

    play(counter, what)
    out = read(printer.end().replace(printers.ASK, b""))
    assert (DIGITS * 5)[:48] in [line.text for line in out.lines]
    assert any("国泰民安" in line.text for line in out.lines)
    assert any(line.dots or "〓" in line.text for line in out.lines)  # hanzi outside the printer's font
    assert [line.barcode for line in out.lines if line.barcode] == [NUMBER]
    assert [line.qr for line in out.lines if line.qr] == [NUMBER]
    assert len(out.cuts) == 1
    with counter_rows(counter) as rows:
        assert rows == 0


class counter_rows:  # noqa: N801 - reads as a phrase
    """How many papers of cases were noted."""

    def __init__(self, counter: Counter) -> None:
        from loop_city import BASE_KEY  # noqa: PLC0415

        from station.database import Database  # noqa: PLC0415

        self._base = Database(counter.home / "station.db", BASE_KEY)

    def __enter__(self) -> int:
        with self._base.reading() as reader:
            return int(reader.execute("SELECT count(*) FROM printed").fetchone()[0])

    def __exit__(self, *_: object) -> None:
        self._base.close()


def test_a_trial_without_a_printer_or_with_one_that_is_off_says_so(counter: Counter, devices: Path) -> None:
    off = FakePrinter(answering, jobs=0)
    off.end()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await typed(pilot, "f6")
        await until(pilot, lambda: "还没有设打印机" in page.told)
        await typed(pilot, pick(page, "网络打印机"), "enter", f"127.0.0.1:{off.port}", "f6")
        await until(pilot, lambda: "请看电源和地址" in page.query_one("#state", Sentence).text)

    play(counter, what)


def test_esc_gives_up_changes_only_when_it_is_pressed_twice(counter: Counter, devices: Path) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await typed(pilot, "tab", "2", "escape")
        assert "还没有保存" in page.told
        await typed(pilot, "1", "escape")
        await until(pilot, lambda: begun(app, TodayPage))  # as it was: nothing to give up
        page = await opened(pilot, app)
        await typed(pilot, "tab", "2", "escape", "escape")
        await until(pilot, lambda: begun(app, TodayPage))

    play(counter, what)


def test_a_printer_that_was_chosen_and_is_gone_stays_in_the_list(counter: Counter, devices: Path) -> None:
    choose(counter, "/dev/usb/lp9")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        assert page.query_one("#ways", RowList).current.cells == ("/dev/usb/lp9", "小票打印机", "现在没找到")
        assert "没有接上" in page.query_one("#note", Sentence).text

    play(counter, what)


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_every_field_is_on_the_page(counter: Counter, devices: Path, size: tuple[int, int], lang: str) -> None:
    choose(counter, "tcp://192.168.1.50")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        body = page.query_one("#body").region
        for name in (
            "ways",
            "note",
            "address",
            "paper",
            "automatic",
            "notice",
            "copies",
            "phone",
            "query-url",
            "state",
        ):
            region = page.query_one(f"#{name}").region
            assert region.height >= 1, name
            assert body.contains_region(region), name
        assert all("." not in line.text for line in page.query("TextLine") if line.id is None)

    play(counter, what, size, lang)
