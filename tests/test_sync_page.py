"""The sync on the screens, by keys: started, watched, stopped, and never in the way of who types."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from contextlib import closing

import pytest
from loop_city import City, Station
from served_city import SECRET, lock, point_at
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages.case import CasePage
from screens.pages.sync import SyncPage
from screens.pages.today import TodayPage
from screens.widgets.row_list import RowList
from screens.widgets.status_bar import StatusBar
from screens.widgets.text_field import TextField
from screens.widgets.text_lines import Facts, TextLine
from screens.words import Words
from sync.hub import registry

pytest_plugins = ["loop_fixtures", "served_fixtures"]

Play = Callable[[Pilot[int], CounterApp], Awaitable[None]]


def play(village: Station, what: Play, size: tuple[int, int] = (80, 24), lang: str = "zh-Hans") -> None:
    """The clerk of the village sits before the day."""
    clerk = village.clerk()
    village.database.close()

    async def run() -> None:
        counter = Counter(village.home)
        counter.open(SECRET)
        counter.clerk = clerk
        app = CounterApp(counter, Words.of(lang))
        async with app.run_test(size=size) as pilot:
            app.switch("today")
            await until(pilot, lambda: isinstance(app.screen, TodayPage) and getattr(app.screen, "_begun", False))
            app.hub.timetable.begin(10**12)  # nobody syncs here unasked
            await what(pilot, app)
        counter.close()

    asyncio.run(run())


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    for _ in range(600):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it did not come; {bar(pilot.app)}; {getattr(pilot.app.screen, 'told', '')}")


async def opened(pilot: Pilot[int], app: CounterApp) -> SyncPage:
    app.go("sync_page")
    await until(pilot, lambda: isinstance(app.screen, SyncPage) and getattr(app.screen, "_begun", False))
    assert isinstance(app.screen, SyncPage)
    return app.screen


def bar(app: object) -> str:
    return str(app.screen.query_one(StatusBar).text)  # type: ignore[attr-defined]


def state(page: SyncPage) -> str:
    return " / ".join(f"{fact.label} {fact.text}" for fact in page.query_one("#state", Facts).facts)


def rows(page: SyncPage) -> list[tuple[str, ...]]:
    return [row.cells for row in page.query_one("#rows", RowList).window.rows]


def line(page: SyncPage, name: str) -> str:
    return page.query_one(f"#{name}", TextLine).text


def test_one_key_sends_what_waits_and_says_how_it_went(hub: str, village: Station) -> None:
    village.take()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        started = time.monotonic()
        await pilot.press("f5")
        assert "[同步中]" in bar(app)
        assert time.monotonic() - started < 0.2
        await until(pilot, lambda: "[同步中]" not in bar(app))
        assert app.screen.told.startswith("同步完成：上送1步")  # type: ignore[attr-defined]
        assert "未上送0步" in bar(app)

    play(village, what)


def test_typing_goes_on_while_it_runs_and_what_was_typed_stays(silence: None, village: Station) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await pilot.press("f5")
        await until(pilot, lambda: app.hub.process.state is not None and app.hub.process.state.beat > 1)
        await pilot.press(*"3502")
        field = app.screen.query_one("#find", TextField)
        assert field.has_focus
        await app.hub.stop()
        await pilot.pause()
        assert field.value == "3502"
        assert app.screen.told == ""  # type: ignore[attr-defined]
        assert "已停止，都在" in bar(app)

    play(village, what)


def test_the_key_again_opens_the_page_and_another_key_stops_it(silence: None, village: Station) -> None:
    village.take()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await pilot.press("f5")
        await until(pilot, lambda: app.hub.process.running)
        await pilot.press("f5")
        await until(pilot, lambda: isinstance(app.screen, SyncPage) and bool(rows(app.screen)))
        page = app.screen
        assert isinstance(page, SyncPage)
        await until(pilot, lambda: line(page, "phase").startswith("等平台回应 0/1"))
        assert line(page, "up").startswith("上送 [##########################] 0/1步")
        await pilot.press("f5")
        assert page.told == "正在同步，F6可以停止。"
        assert page.reason("f5") == "正在同步，F6可以停止。"
        started = time.monotonic()
        await pilot.press("f6")
        await until(pilot, lambda: not app.hub.process.running)
        assert time.monotonic() - started < 0.5
        await until(pilot, lambda: page.told == "已停止同步。办件都在本机，下次接着送。")
        assert line(page, "phase") == "现在没有同步。"
        await pilot.press("f6")
        assert page.told == "现在没有同步，不用停止。"
        assert rows(page)[0][1:3] == ("陈秀英", "收件")

    play(village, what)


def test_why_it_failed_and_what_to_do_stands_there_and_with_each_act(village: Station) -> None:
    lock(village.home)
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        point_at(village, f"http://127.0.0.1:{listening.getsockname()[1]}")
    done = village.take()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await until(pilot, lambda: "[离线]" in state(page))
        assert "连不上平台。办件都在，请看网线、信号，稍后再同步。" in state(page)
        assert "起连不上平台" in bar(app)
        assert rows(page) == [(done.number, "陈秀英", "收件", rows(page)[0][3], "还没送过")]
        await pilot.press("f5")
        await until(pilot, lambda: bool(rows(page)) and rows(page)[0][4] == "连不上平台")
        attempts = [fact.text for fact in page.query_one("#attempts", Facts).facts]
        assert attempts[1].startswith("没成：连不上平台")
        assert attempts[2].startswith("好，")
        assert page.told == "连不上平台。办件都在，请看网线、信号，稍后再同步。"
        await pilot.press("enter")
        await until(pilot, lambda: isinstance(app.screen, CasePage))
        await pilot.press("escape")
        await until(pilot, lambda: app.screen is page)

    play(village, what)


def test_what_the_hub_rejected_is_listed_with_its_reason(hub: str, city: City, village: Station) -> None:
    village.take()
    with city.database.writing() as session:
        session.execute(registry.update(registry.HubClerkRow).values(active=False))
    village.sync()
    assert village.problems()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await until(pilot, lambda: bool(rows(page)))
        assert rows(page)[0][:3] == ("没有生效", "林小梅", "收件")
        assert "停用" in rows(page)[0][4]
        assert "问题1条" in bar(app)

    play(village, what)


def test_a_sync_that_nobody_asked_for_moves_no_row_and_says_nothing(hub: str, city: City, village: Station) -> None:
    village.take()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        before = list(app.screen.query_one(RowList).window.rows)
        rang: list[int] = []
        app.bell = lambda: rang.append(1)  # type: ignore[method-assign]
        app.hub.timetable.at_ms = 0
        await until(pilot, lambda: app.hub.process.outcome is not None)
        await pilot.pause()
        assert app.screen.query_one(RowList).window.rows == before
        assert app.screen.told == ""  # type: ignore[attr-defined]
        assert not rang
        await until(pilot, lambda: "未上送0步" in bar(app))

    play(village, what)


@pytest.mark.parametrize("lang", ["zh-Hans", "zh-Hant", "en"])
@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_page_stands_in_both_sizes_and_three_languages(
    silence: None, village: Station, size: tuple[int, int], lang: str
) -> None:
    village.take()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app)
        await pilot.press("f5")
        await until(pilot, lambda: line(page, "up") != "")
        names = ("state", "phase", "up", "down", "rows", "attempts")
        found = {name: page.query_one(f"#{name}").region for name in names}
        assert all(region.height for region in found.values())
        assert found["rows"].height >= 3
        assert found["attempts"].bottom <= size[1] - 3
        assert (found["attempts"].x > found["rows"].x) is (size[0] >= 100)
        assert page.query_one("#state", Facts).region.height == 2

    play(village, what, size, lang)
