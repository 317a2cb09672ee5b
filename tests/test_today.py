"""Today by keys: what it shows, what it finds, and how few keys lead from a person to the next number."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from intake_desk import Desk, play
from loop_city import ELDER_CARD, INSURANCE, PENSION, UNEMPLOYED, VILLAGE, City, Station, intake

from screens import wiring
from screens.counter_finding import Known
from screens.finding_rows import FindingRows
from screens.pages.case import CasePage
from screens.pages.conflict import ConflictPage
from screens.pages.intake import IntakePage
from screens.pages.item import ItemPage
from screens.pages.person import PersonPage
from screens.pages.taken import TakenPage
from screens.pages.today import FavouriteLine, TodayPage
from screens.widgets.row_list import RowList
from screens.widgets.text_lines import Facts, TextLine
from screens.words import Words
from station import day
from station.case import china_day
from station.check_digits import mod_11_2
from station.database import Database
from station.drafts import Draft, keep

pytest_plugins = ["loop_fixtures"]

CHEN = "350200195503120025"
NOBODY = "35020019350312002"
NOBODY += mod_11_2(NOBODY)
GUIDED = "居民身份证申领、换领、补领"


@pytest.fixture(autouse=True)
def time(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    """The counter lives at the time of the city."""
    monkeypatch.setattr(wiring, "clock", city.clock)


@pytest.fixture
def known(village: Station) -> Station:
    """A village where 陈秀英 has been before."""
    village.take()
    return village


def seen(at: Desk) -> str:
    """What stands beside the list."""
    facts = at.app.screen.query_one("#closer", Facts).facts
    return "\n".join(f"{fact.label} {fact.text}" for fact in facts)


def today(at: Desk) -> TodayPage:
    """Today, which is what is seen."""
    assert isinstance(at.app.screen, TodayPage)
    return at.app.screen


def day_of(village: Station, read: Callable[[Any], Any]) -> Any:
    with village.database.reading() as reader:
        return read(reader)


# The day in the base.


def test_what_is_due_comes_by_its_day_and_open_cases_without_one_come_after(village: Station) -> None:
    later, sooner, none = (village.take().case for _ in range(3))
    village.raw(
        f"UPDATE work SET due_on = '2026-09-30' WHERE case_id = '{later}'",
        f"UPDATE work SET due_on = '2026-09-22' WHERE case_id = '{sooner}'",
        f"UPDATE work SET due_on = NULL WHERE case_id = '{none}'",
    )
    assert [each.case for each in day_of(village, lambda reader: day.due(reader, 9))] == [sooner, later, none]
    assert len(day_of(village, lambda reader: day.due(reader, 2))) == 2


def test_the_counts_are_of_this_very_day_and_station(city: City, village: Station) -> None:
    village.take()
    village.act(village.take().case, "void", reason="录错了")
    today = china_day(city.clock.now)
    assert day_of(village, lambda reader: day.counts(reader, VILLAGE, today)).taken == 1
    assert day_of(village, lambda reader: day.counts(reader, "350212103", today)).taken == 0
    city.clock.pass_days(1)
    accepted = village.take().case
    village.sync()
    city.act(accepted, "accept", by="黄窗口")
    village.sync()
    counts = day_of(village, lambda reader: day.counts(reader, VILLAGE, today + timedelta(days=1)))
    assert (counts.taken, counts.waiting, counts.decided) == (1, 1, 0)


def test_what_was_taken_most_in_thirty_days_stands_in_front(city: City, village: Station) -> None:
    for item in (ELDER_CARD, ELDER_CARD, ELDER_CARD):
        village.take(item)
    city.clock.pass_days(31)
    for item in (INSURANCE, PENSION, PENSION):
        village.take(item)
    since = china_day(city.clock.now) - timedelta(days=30)
    assert day_of(village, lambda reader: day.favourites(reader, VILLAGE, since, 6)) == [PENSION, INSURANCE]


@pytest.mark.parametrize(
    ("due", "said"),
    [("2026-09-20", "逾期2天 09-20"), ("2026-09-22", "今天 09-22"), ("2026-10-01", "剩9天 10-01"), (None, "")],
)
def test_a_date_stands_with_a_word(due: str | None, said: str) -> None:
    assert FindingRows(Words.of("zh-Hans"), date(2026, 9, 22)).due(due) == said


# What today shows.


def draft_of(database: Database, city: City) -> None:
    begun = Draft(id="d1", clerk="林小梅", item=INSURANCE, item_version=1, step=1, applicant={"name": "黄阿婆"})
    keep(database, begun, city.clock.now_ms())


def test_the_day_has_drafts_conflicts_and_what_is_due_each_with_its_word(city: City, village: Station) -> None:
    case = village.take().case
    village.sync()
    village.amend(case, phone="13800000001")
    city.act(case, "amend", set={"phone": "13800000002"})
    village.sync()
    draft_of(village.database, city)

    async def what(at: Desk) -> None:
        draft, conflict, due = at.rows()
        assert draft.split() == ["未办完", "黄阿婆", "城乡居民基本医疗保险参保登记", "第2步", "22:13"]
        assert "要您决定" in conflict
        assert "陈秀英" in conflict
        assert "已收件" in due
        assert "剩8天" in due
        assert "申请人1项" in seen(at)
        await at.press("down")
        assert "13800000001" in seen(at)
        await at.press("down")
        assert "等受理" in seen(at)
        assert "今天已收1件" in at.app.screen.query_one("#counts", TextLine).text
        await at.press("9", "enter")
        assert isinstance(at.app.screen, TodayPage)  # there is no ninth row, and no other is opened for it
        await at.press("backspace", "2", "enter")
        assert isinstance(at.app.screen, ConflictPage)

    play(village, what, "")


def test_what_is_late_says_so_and_another_day_changes_the_words(city: City, known: Station) -> None:
    async def what(at: Desk) -> None:
        assert "剩8天" in at.rows()[0]
        city.clock.pass_days(10)
        today(at).tick()
        await at.until(lambda: "逾期2天" in at.rows()[0])

    play(known, what, "")


def test_an_act_without_effect_stands_in_the_day_and_opens_its_case(city: City, known: Station) -> None:
    case = next(iter(known.cases()))
    known.sync()
    city.act(case, "withdraw", by="黄窗口", reason="申请人要求")
    known.act(case, "accept")
    known.sync()
    assert known.problems()

    async def what(at: Desk) -> None:
        place = next(place for place, row in enumerate(at.rows(), 1) if "没有生效" in row)
        await at.press(str(place), "enter")
        assert isinstance(at.app.screen, CasePage)

    play(known, what, "")


def test_a_day_with_nothing_says_how_to_begin(village: Station) -> None:
    async def what(at: Desk) -> None:
        assert at.rows() == []
        assert "直接输入" in seen(at)
        await at.press("xyzxyz")
        await at.until(lambda: "没有找到" in seen(at))
        await at.press("enter")
        assert "没有找到" in at.told

    play(village, what, "")


# What today finds.


def test_items_stand_there_in_the_frame_of_the_letter(village: Station) -> None:
    async def what(at: Desk) -> None:
        today(at).field.value = "gljt"
        assert "高龄津贴" in at.rows()[0]  # nobody has waited for anything

    play(village, what, "")


def gated(at: Desk, monkeypatch: pytest.MonkeyPatch, *texts: str) -> threading.Event:
    """Holds the answers to these texts back until the event is set."""
    gate, look_up = threading.Event(), at.counter.look_up

    def slow(text: str) -> Known:
        if text in texts:
            gate.wait(5)
        return look_up(text)

    monkeypatch.setattr(at.counter, "look_up", slow)
    return gate


def test_an_answer_that_comes_late_is_dropped_and_holds_no_key(known: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(at: Desk) -> None:
        gate = gated(at, monkeypatch, "陈")
        await at.press("陈", "x")
        assert today(at).text == "陈x"
        gate.set()
        await at.until(lambda: "没有找到" in seen(at))
        assert at.rows() == []

    play(known, what, "")


def test_enter_waits_for_what_the_base_knows_of_all_that_was_typed(
    known: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def what(at: Desk) -> None:
        gate = gated(at, monkeypatch, "120025")
        at.burst(*"120025", "enter")
        await at.pilot.pause(0.05)
        assert isinstance(at.app.screen, TodayPage)
        gate.set()
        await at.until(lambda: isinstance(at.app.screen, PersonPage))

    play(known, what, "")


def test_people_stand_below_the_items_that_were_there_first(known: Station) -> None:
    known.take(applicant={**intake()["applicant"], "name": "参保", "id_no": NOBODY})

    async def what(at: Desk) -> None:
        await at.press("参保")
        await at.until(lambda: any("办事人" in row for row in at.rows()))
        kinds = [row.split()[0] for row in at.rows()]
        assert kinds.index("办事人") > kinds.index("事项")
        assert today(at).rows.window.cursor == 0

    play(known, what, "")


def test_a_refresh_keeps_what_was_typed_and_where_the_cursor_is(known: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("参保", "down")
        before = at.rows()
        known.take(ELDER_CARD)
        await today(at).look_again()
        assert today(at).text == "参保"
        assert at.rows()[:2] == before[:2]
        assert today(at).rows.window.cursor == 1

    play(known, what, "")


def test_a_number_that_is_scanned_opens_its_case(known: Station) -> None:
    done = known.take(ELDER_CARD)

    async def what(at: Desk) -> None:
        at.burst(*done.number, "enter")
        await at.until(lambda: isinstance(at.app.screen, CasePage))
        assert at.app.screen.case_id == done.case
        await at.press("escape", "260000009999", "enter")
        assert "没有找到这个办件" in at.told

    play(known, what, "")


def test_lists_and_pages_of_people_show_no_whole_number(known: Station) -> None:
    async def what(at: Desk) -> None:
        for keys in (["陈秀英"], ["enter"]):
            await at.press(*keys)
            await at.until(lambda: "350200********0025" in "\n".join([*at.rows(), who(at)]))
            shown = "\n".join([*at.rows(), seen(at), who(at)])
            assert CHEN not in shown
            assert "13800000000" not in shown

    def who(at: Desk) -> str:
        return "".join(line.text for line in at.app.screen.query("#who").results(TextLine))

    play(known, what, "")


def test_a_number_of_somebody_new_begins_an_intake_with_it(known: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(NOBODY, "enter")
        assert isinstance(at.app.screen, PersonPage)
        assert "没有这个人的办件" in at.told
        await at.press("gljt", "enter")
        assert at.draft.applicant["id_no"] == NOBODY
        assert at.draft.brought == ()

    async def wrong(at: Desk) -> None:
        await at.press(NOBODY[:-1] + str((int(NOBODY[-1]) + 1) % 10), "enter")
        assert isinstance(at.app.screen, TodayPage)
        assert "校验不过" in at.told

    play(known, what, "")
    play(known, wrong, "")


# What is often asked for.


def test_a_zero_and_a_digit_begin_what_is_often_asked_for(village: Station) -> None:
    for item in (ELDER_CARD, PENSION, PENSION):
        village.take(item)

    async def what(at: Desk) -> None:
        line = at.app.screen.query_one(FavouriteLine)
        await at.until(lambda: line.text.startswith("常办 01养老认证 02老年证 03"))
        await at.press("0")
        assert len(at.rows()) == 6
        await at.press("2", "enter")
        assert at.page.item.code == ELDER_CARD

    play(village, what, "")


def test_what_may_not_be_taken_here_is_no_favourite_and_tells_why(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(GUIDED, "enter")
        assert isinstance(at.app.screen, TodayPage)
        assert "只作指引" in at.told
        assert "只作指引" in seen(at)
        assert today(at).text == GUIDED
        await at.press("f4")
        assert isinstance(at.app.screen, ItemPage)

    play(village, what, "")


# From a person to a number.


class Counted:
    """Presses keys one by one and counts them."""

    def __init__(self, at: Desk) -> None:
        self._at, self.count = at, 0

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self._at.press(key)
            self.count += 1


def test_a_person_who_was_here_before_takes_fourteen_keys_from_today_to_today(known: Station) -> None:
    async def what(at: Desk) -> None:
        clerk = Counted(at)
        await clerk.press(*"120025", "enter")
        assert isinstance(at.app.screen, PersonPage)
        await clerk.press("1", "enter")
        await at.until(lambda: isinstance(at.app.screen, IntakePage))
        await clerk.press("f6", "f9")
        await at.until(lambda: at.page.step.kind == "review" and at.page.painted_at is not None)
        await clerk.press("f9")
        await at.until(lambda: isinstance(at.app.screen, TakenPage))
        await clerk.press("enter")
        await at.until(lambda: isinstance(at.app.screen, TodayPage))
        assert clerk.count <= 14

    play(known, what, "")
    taken = [known.case(case) for case in known.cases()]
    assert [case["applicant"]["id_no"] for case in taken] == [CHEN, CHEN]
    assert taken[0]["applicant"] == taken[1]["applicant"]
    assert not any(name.startswith("居民身份证") for case in taken for name in case["missing"])


def test_the_same_keys_typed_ahead_lead_to_the_same_intake(known: Station) -> None:
    async def what(at: Desk) -> None:
        at.burst(*"120025", "enter", "1", "enter")
        await at.until(lambda: isinstance(at.app.screen, IntakePage) and at.page.form is not None)
        assert at.page.item.code == INSURANCE
        assert at.draft.applicant["name"] == "陈秀英"
        assert at.draft.brought == ("applicant.name", "applicant.phone", "applicant.address")

    play(known, what, "")


def test_the_same_person_again_is_one_key_from_the_number(known: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("120025", "enter", "1", "enter")
        await at.until(lambda: isinstance(at.app.screen, IntakePage))
        await at.press("f6", "f9")
        await at.until(lambda: at.page.step.kind == "review" and at.page.painted_at is not None)
        await at.press("f9")
        await at.until(lambda: isinstance(at.app.screen, TakenPage))
        await at.pilot.press("ctrl+r")
        await at.until(lambda: isinstance(at.app.screen, PersonPage))
        assert at.rows()[0].split()[:2] == ["办过", "城乡居民基本医疗保险参保登记"]
        await at.press("老年证", "enter")
        await at.until(lambda: isinstance(at.app.screen, IntakePage))
        assert (at.page.item.code, at.draft.applicant["name"]) == (ELDER_CARD, "陈秀英")

    play(known, what, "")


def test_a_person_has_his_own_items_first_then_favourites_then_his_cases(known: Station) -> None:
    known.take(UNEMPLOYED, applicant={**intake()["applicant"], "name": "黄阿婆", "id_no": NOBODY})
    case = known.take(PENSION).case

    async def what(at: Desk) -> None:
        await at.press("120025", "enter")
        kinds = [row.split()[0] for row in at.rows()]
        assert kinds == ["办过", "办过", *["常办"] * 4, *kinds[6:]]
        assert len({row.key for row in at.app.screen.query_one("#rows").window.rows}) == len(kinds)
        place = next(n for n, row in enumerate(at.app.screen.query_one("#rows").window.rows, 1) if row.key[1] == case)
        await at.press(str(place), "enter")
        assert isinstance(at.app.screen, CasePage)
        await at.press("escape")
        assert isinstance(at.app.screen, PersonPage)
        await at.press("escape")
        assert isinstance(at.app.screen, TodayPage)

    play(known, what, "")


def test_an_item_that_was_looked_at_closer_begins_for_the_same_person(known: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("120025", "enter")
        second = at.app.screen.query_one("#rows", RowList).window.rows[1].key[1]
        await at.press("2", "f4")
        assert isinstance(at.app.screen, ItemPage)
        await at.press("f2")
        await at.until(lambda: isinstance(at.app.screen, IntakePage))
        assert (at.page.item.code, at.draft.applicant["name"]) == (second, "陈秀英")
        assert [type(page) for page in at.app.screen_stack[-2:]] == [TodayPage, IntakePage]

    play(known, what, "")


def test_a_person_who_is_looked_at_again_has_his_cases_as_they_are_now(city: City, known: Station) -> None:
    case = next(iter(known.cases()))
    known.sync()

    async def what(at: Desk) -> None:
        await at.press("120025", "enter", "down")
        assert "已收件" in at.rows()[0]
        city.act(case, "withdraw", by="黄窗口", reason="申请人要求")
        known.sync()
        await at.app.screen.look_again()  # type: ignore[attr-defined]
        assert "已撤回" in at.rows()[0]
        assert at.app.screen.query_one("#rows").window.cursor == 1  # type: ignore[attr-defined]

    play(known, what, "")
