"""A conflict by keys: what each side says, a choice with a reason, several of one case at once, and what came since."""

from __future__ import annotations

from typing import Any

import pytest
from loop_city import City, Station
from printing_pages import begun, open_counter, play, until
from test_case_pages import facts, keys, last_act
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages.case import CasePage
from screens.pages.conflict import ConflictPage
from screens.pages.today import TodayPage

pytest_plugins = ["loop_fixtures"]

OURS, THEIRS = "13800000022", "13800000011"


@pytest.fixture
def case(city: City, village: Station, town: Station) -> str:
    """Phone and address of one case were changed on both sides; the town was first."""
    made = village.take().case
    city.level(village, town)
    town.amend(made, by="黄窗口", phone=THEIRS, address="莲花镇")
    village.amend(made, phone=OURS, address="军营村")
    city.level(town, village)
    return made


@pytest.fixture
def counter(village: Station, case: str) -> Counter:
    return open_counter(village)


async def opened(pilot: Pilot[int], app: CounterApp, field: str) -> Any:
    conflict = next(each for each in app.counter.conflicts() if each.field == field)
    app.open("conflict", conflict.id)
    await until(pilot, lambda: begun(app, ConflictPage))
    return app.screen


async def painted(pilot: Pilot[int], app: CounterApp) -> None:
    """Until the clerk has seen the page."""
    await until(pilot, lambda: app.screen.painted_at is not None)  # type: ignore[attr-defined]
    await pilot.pause(0.05)


def settled(counter: Counter) -> list[tuple[str, str]]:
    """The fields that were settled here, and the reason."""
    query = (
        "SELECT json_extract(p.args, '$.field'), json_extract(p.args, '$.reason') FROM journal j "
        "JOIN payload p ON p.op_id = j.op_id WHERE j.act = 'settle' ORDER BY j.dseq"
    )
    with counter.database.reading() as reader:
        return [tuple(row) for row in reader.execute(query).fetchall()]


def test_both_sides_stand_there_with_who_where_and_when(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        assert "原来 13800000000" in facts(page, "#base")
        assert OURS in facts(page, "#mine")
        assert "林小梅（本站）" in facts(page, "#mine")
        assert THEIRS in facts(page, "#theirs")
        assert "黄窗口（350212103-1）" in facts(page, "#theirs")
        assert "规则FLD-1：两边改了同一项" in page.query_one("#rule").text
        assert "联系电话" in page.query_one("#field").text
        assert page.told == ""

    play(counter, what)


def test_two_conflicts_of_a_case_are_settled_with_six_keys(
    counter: Counter, case: str, city: City, village: Station
) -> None:
    pressed = []

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        day = app.screen
        for key in ("enter", "left", "f8", "right", "1", "f9"):
            await painted(pilot, app)
            await pilot.press(key)
            pressed.append(key)
            if key == "enter":
                await until(pilot, lambda: begun(app, ConflictPage))
        await until(pilot, lambda: app.screen is day)

    play(counter, what)
    assert len(pressed) == 6
    assert settled(counter_again(counter)) == [
        ("applicant.address", "已电话核实"),
        ("applicant.phone", "已电话核实"),
    ]
    village.sync()
    applicant = city.office.case(case)["applicant"]
    assert (applicant["address"], applicant["phone"]) == ("军营村", THEIRS)
    assert village.conflicts() == []


def counter_again(counter: Counter) -> Counter:
    """The same base once more, after the app was left."""
    from loop_city import BASE_KEY  # noqa: PLC0415

    from station.database import Database  # noqa: PLC0415

    counter._database = Database(counter.home / "station.db", BASE_KEY)
    return counter


def test_arrows_move_the_caret_where_there_is_text_and_choose_where_there_is_none(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        await keys(pilot, "right")
        assert set(page._takes.values()) == {"theirs"}
        await keys(pilot, "本", "人", "left", "说")
        assert page._reason == "本说人"
        assert set(page._takes.values()) == {"theirs"}, "the arrow was the caret's"
        await keys(pilot, "up", "left")
        assert set(page._takes.values()) == {"mine"}
        await keys(pilot, "X")
        assert page._reason == "本说人X"

    play(counter, what)


def test_another_value_is_typed_and_checked_as_everywhere(counter: Counter, case: str, village: Station) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        await keys(pilot, "down", "12", "enter", "3")
        await painted(pilot, app)
        await keys(pilot, "f9")
        await until(pilot, lambda: "电话号码不对" in page.told)
        assert (settled(counter), page._reason) == ([], "录入有误")
        page.query_one("IntakeForm").field("applicant.phone").focus()
        await keys(pilot, "13800000033")
        await painted(pilot, app)
        await keys(pilot, "f9")
        await until(pilot, lambda: "已存好1条" in page.told)
        assert page._now.field == "applicant.address", "the next one is there at once"

    play(counter, what)
    assert village.case(case)["applicant"]["phone"] == "13800000033"


def test_nothing_is_settled_without_a_choice_or_a_reason(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        before = last_act(counter)
        await painted(pilot, app)
        await keys(pilot, "f9")
        assert "还没有选" in page.told
        await keys(pilot, "left")
        await painted(pilot, app)
        await keys(pilot, "f9")
        assert "还没有写理由" in page.told
        assert (app.screen is page, last_act(counter)) == (True, before)

    play(counter, what)


def test_a_conflict_that_got_another_value_meanwhile_is_shown_anew_and_not_settled(
    counter: Counter, case: str, village: Station, town: Station
) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        await keys(pilot, "left", "1")
        town.amend(case, by="黄窗口", phone="13800000044")
        town.sync()
        village.sync()
        await painted(pilot, app)
        await keys(pilot, "f9")
        await until(pilot, lambda: "又有了新的值" in page.told)
        assert settled(counter) == []
        assert page._takes == {}
        assert "13800000044" in facts(page, "#theirs")
        assert THEIRS in facts(page, "#theirs"), "every value that was said stands there"

    play(counter, what)


def test_what_somebody_else_has_settled_is_said(counter: Counter, case: str, city: City, village: Station) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        await keys(pilot, "left", "1")
        for conflict in city.office.conflicts():
            city.office.settle(conflict["id"], "theirs", None, "核实", city.actor("郑主任"))
        village.sync()
        await page.look_again()
        assert "已经有人选定" in page.told
        await painted(pilot, app)
        await keys(pilot, "f9")
        assert settled(counter) == []
        await keys(pilot, "escape")
        await until(pilot, lambda: isinstance(app.screen, TodayPage))

    play(counter, what)


def test_the_line_counts_only_what_still_waits_for_a_person(counter: Counter) -> None:
    assert counter.glance().conflicts == 2
    counter.settle(counter.conflicts()[0], "mine", None, "已电话核实")
    assert counter.glance().conflicts == 1


def test_a_choice_that_waits_for_the_hub_is_not_asked_for_again(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await opened(pilot, app, "applicant.phone")
        await keys(pilot, "left", "2")
        await painted(pilot, app)
        await keys(pilot, "f9")
        await until(pilot, lambda: settled(counter) != [])
        assert [each.field for each in counter.conflicts()] == ["applicant.address"]

    play(counter, what)


def test_f6_shows_the_case_and_what_was_chosen_stays(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, "applicant.phone")
        await keys(pilot, "right", "f6")
        await until(pilot, lambda: begun(app, CasePage))
        assert "本站 军营村，对方 莲花镇" in facts(app.screen, "#part")
        await keys(pilot, "escape")
        await until(pilot, lambda: app.screen is page)
        assert set(page._takes.values()) == {"theirs"}

    play(counter, what)
