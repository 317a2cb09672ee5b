"""The queue, the case and its acts by keys: found while typing, read part by part, done with what was seen."""

from __future__ import annotations

import re
import threading
from collections.abc import Callable
from typing import Any

import pytest
from loop_city import UNEMPLOYED, City, Station, intake
from printing_pages import begun, open_counter, play, until
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages import case as case_page
from screens.pages.act import ActPage
from screens.pages.case import CasePage
from screens.pages.cases import CasesPage
from screens.pages.paper import PaperPage

pytest_plugins = ["loop_fixtures"]

NAMES = ("王建国", "王建", "欧阳春", "陈秀英", "李春")
ID_NO = "350200195503120025"
KEY = re.compile(r"f[0-9]+|enter|escape|tab|up|down|left|right|backspace|ctrl\+[a-z]")


@pytest.fixture
def cases(village: Station) -> list[str]:
    """Five cases of five people, the last one in front."""
    return [village.take(applicant={**intake()["applicant"], "name": name}).case for name in NAMES]


@pytest.fixture
def counter(village: Station, cases: list[str]) -> Counter:
    return open_counter(village)


async def keys(pilot: Pilot[int], *pressed: str) -> None:
    """Keys one after the other; what is no name of a key is typed letter by letter."""
    for key in pressed:
        for each in [key] if KEY.fullmatch(key) else list(key):
            await pilot.press(each)
    await pilot.pause()


async def queue(pilot: Pilot[int], app: CounterApp) -> Any:
    await pilot.press("f3")
    await until(pilot, lambda: begun(app, CasesPage))
    page: Any = app.screen
    await until(pilot, lambda: bool(names(page)))
    return page


async def opened(pilot: Pilot[int], app: CounterApp, case: str, page: type[Any] = CasePage) -> Any:
    app.open("case" if page is CasePage else "acts", case)
    await until(pilot, lambda: begun(app, page))
    return app.screen


def names(page: Any) -> list[str]:
    return [row.cells[1] for row in page._rows.window.rows]


def facts(page: Any, panel: str) -> str:
    return "\n".join(f"{fact.label} {fact.text}" for fact in page.query_one(panel).facts)


def reads(counter: Counter, what: str = "case") -> int:
    with counter.database.reading() as reader:
        return int(reader.execute("SELECT count(*) FROM read_audit WHERE what = ?", (what,)).fetchone()[0])


def last_act(counter: Counter) -> tuple[str, int]:
    """The act that was journalled last, and the sequence of its base."""
    with counter.database.reading() as reader:
        return tuple(reader.execute("SELECT act, base_seq FROM journal ORDER BY dseq DESC LIMIT 1").fetchone())


# The queue


def test_the_queue_narrows_while_one_types_and_says_how_many(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await queue(pilot, app)
        assert names(page) == list(reversed(NAMES))
        await keys(pilot, "王建")
        await until(pilot, lambda: names(page) == ["王建", "王建国"])
        await until(pilot, lambda: "2件" in page._place)
        await keys(pilot, "国")
        await until(pilot, lambda: names(page) == ["王建国"])
        await until(pilot, lambda: "王建国" in facts(page, "#facts"))
        assert "收件 林小梅" in facts(page, "#facts")
        assert "下一步您来：受理" in facts(page, "#facts")
        assert ID_NO not in facts(page, "#facts")

    play(counter, what)


def slow(counter: Counter, monkeypatch: pytest.MonkeyPatch, text: str) -> threading.Event:
    """Searches for that text wait until the event is set."""
    hold, real = threading.Event(), counter.queue

    def held(wanted: Any, *rest: Any, **more: Any) -> Any:
        found = real(wanted, *rest, **more)
        if wanted.text == text:
            hold.wait(10)
        return found

    monkeypatch.setattr(counter, "queue", held)
    return hold


def test_letters_do_not_wait_for_a_slow_search_and_its_stale_answer_is_dropped(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = slow(counter, monkeypatch, "春")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await queue(pilot, app)
        shown: list[list[str]] = []
        put = page._rows.put
        monkeypatch.setattr(page._rows, "put", lambda rows, most: (put(rows, most), shown.append(names(page))))
        await keys(pilot, "春", "backspace", "王")
        assert page.query_one("#find").value == "王"
        assert names(page) == list(reversed(NAMES))
        hold.set()
        await until(pilot, lambda: names(page) == ["王建", "王建国"])
        assert ["李春", "欧阳春"] not in shown

    play(counter, what)


def test_a_key_that_means_a_row_waits_for_the_answer_to_what_was_typed(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    hold = slow(counter, monkeypatch, "王")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await queue(pilot, app)
        threading.Timer(0.2, hold.set).start()
        await keys(pilot, "王", "down", "enter")
        await until(pilot, lambda: begun(app, CasePage))
        assert "王建国" in facts(app.screen, "#part")

    play(counter, what)


def test_f6_changes_the_filter_and_its_label_says_which(counter: Counter, village: Station, cases: list[str]) -> None:
    village.sync()
    village.act(cases[1], "note", text="电话联系")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await queue(pilot, app)
        labels = []
        for _ in range(6):
            await keys(pilot, "f6")
            await page.answered()
            labels.append((app.words.say(page.labels()["f6"].label), len(names(page))))
        assert labels == [
            ("范围：待我办", 5),
            ("范围：快到期", 5),
            ("范围：未上送", 1),
            ("范围：有冲突", 0),
            ("范围：已办结", 0),
            ("范围：全部", 5),
        ]

    play(counter, what)


def test_the_queue_stays_where_it_was_when_one_comes_back(counter: Counter, cases: list[str]) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await queue(pilot, app)
        await keys(pilot, "down", "down", "enter")
        await until(pilot, lambda: begun(app, CasePage))
        counter.act(app.screen._seen, {"case": cases[2], "act": "withdraw", "reason": "不办了"})
        await keys(pilot, "escape")
        await until(pilot, lambda: app.screen is page and page._rows.current.cells[3] == "已撤回")
        assert page._rows.current.key[2] == cases[2]

    play(counter, what)


def test_f7_and_f8_walk_the_queue_that_the_case_was_opened_from(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await queue(pilot, app)
        await keys(pilot, "王建", "enter")
        await until(pilot, lambda: begun(app, CasePage))
        page: Any = app.screen
        seen = [page._seen.document["applicant"]["name"]]
        for key in ("f8", "f8", "f7", "f7"):
            await keys(pilot, key)
            seen.append(page._seen.document["applicant"]["name"])
        assert seen == ["王建", "王建国", "王建国", "王建", "王建"]
        assert "第一件" in page.told
        assert reads(counter) == 3, "each case that was shown"

    play(counter, what)


# The case


def test_an_identity_number_is_whole_for_a_moment_and_that_is_written_down(
    counter: Counter, cases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(case_page, "WHOLE_S", 0.3)

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, cases[0])
        assert "350200********0025" in facts(page, "#part")
        assert reads(counter, "id_no") == 0
        await keys(pilot, "f4")
        assert ID_NO in facts(page, "#part")
        assert reads(counter, "id_no") == 1
        await until(pilot, lambda: ID_NO not in facts(page, "#part"))
        await keys(pilot, "f4")
        await keys(pilot, "f1")
        await keys(pilot, "escape")
        await until(pilot, lambda: app.screen is page)
        assert ID_NO not in facts(page, "#part"), "hidden when another page lay over it"

    play(counter, what)


def test_numbers_of_other_people_in_the_form_are_half_hidden_too(counter: Counter, village: Station) -> None:
    case = village.take(answers={"guardian_id_no": "350200195503120041", "bank_account": "6222000011112222"}).case

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, case)
        await keys(pilot, "3")
        assert "350200********0041" in facts(page, "#part")
        assert "62220*******2222" in facts(page, "#part")
        await keys(pilot, "f4")
        assert "350200195503120041" in facts(page, "#part")
        assert "6222000011112222" in facts(page, "#part")

    play(counter, what)


def test_the_parts_of_a_case_are_turned_by_digits_and_say_everything(counter: Counter, village: Station) -> None:
    case = village.take(
        UNEMPLOYED, materials=[{"name": "m_id_card", "got": "copy"}], answers={"education": "junior"}
    ).case
    village.act(case, "note", text="下午送来")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, case)
        assert "收件时限" in facts(page, "#part")
        assert "下午送来（林小梅" in facts(page, "#part")
        await keys(pilot, "2")
        assert "收复印件 " in facts(page, "#part")
        assert "未交 " in facts(page, "#part")
        await keys(pilot, "3")
        assert "文化程度 初中" in facts(page, "#part")
        assert "失业日期 还没有填" in facts(page, "#part")
        await keys(pilot, "4")
        lines = [fact for fact in page.query_one("#part").facts if fact.label.strip()]
        assert ["备注" in lines[0].text, "收件" in lines[1].text] == [True, True], "the last in front"
        assert lines[0].text.endswith("未上送")

    play(counter, what)


def test_a_page_that_was_covered_is_read_again_only_where_the_case_has_changed(
    counter: Counter, cases: list[str]
) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, cases[0])
        await keys(pilot, "f1")
        await keys(pilot, "escape")
        await until(pilot, lambda: app.screen is page)
        await pilot.pause(0.1)
        assert reads(counter) == 1
        counter.act(page._seen, {"case": cases[0], "act": "note", "text": "另一处"})
        await page.look_again()
        assert reads(counter) == 2
        assert "已存好：备注" in page.told

    play(counter, what)


# Acts


def test_a_digit_picks_an_act_and_f9_does_it_with_the_base_that_was_shown(
    counter: Counter, city: City, village: Station, cases: list[str]
) -> None:
    village.sync()
    city.act(cases[0], "note", text="平台备注")
    village.sync()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        case = await opened(pilot, app, cases[0])
        await keys(pilot, "enter")
        await until(pilot, lambda: begun(app, ActPage))
        await pick(pilot, app, "note")
        await keys(pilot, "电话联系")
        assert "电话联系" in facts(app.screen, "#changes")
        await committed(pilot, app, lambda: app.screen is case and "已存好：备注" in case.told)
        assert last_act(counter) == ("note", case._seen.stand.base.seq)
        assert case._seen.stand.base.seq > 0

    play(counter, what)


async def pick(pilot: Pilot[int], app: CounterApp, act: str) -> None:
    """The act by its digit."""
    page: Any = app.screen
    place = [offer.act for offer in page._offers].index(act)
    await keys(pilot, str(place + 1))
    await until(pilot, lambda: page._act == act)


async def committed(pilot: Pilot[int], app: CounterApp, holds: Callable[[], bool]) -> None:
    """F9, by somebody who has looked at the page."""
    await until(pilot, lambda: app.screen.painted_at is not None)  # type: ignore[attr-defined]
    await pilot.pause(0.05)
    await pilot.press("f9")
    await until(pilot, holds)


def test_news_that_came_under_the_form_are_shown_before_anything_is_done(
    counter: Counter, city: City, village: Station, cases: list[str]
) -> None:
    village.sync()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, cases[0], ActPage)
        await pick(pilot, app, "amend")
        form = page.query_one("IntakeForm")
        form.field("applicant.phone").focus()
        await keys(pilot, "13800000022")
        city.act(cases[0], "amend", set={"phone": "13800000011", "address": "新地址"})
        village.sync()
        before = last_act(counter)
        await committed(pilot, app, lambda: "刚有新变化" in page.told)
        assert last_act(counter) == before, "nothing was done on what nobody had seen"
        assert "13800000011 → 13800000022" in facts(page, "#changes")
        assert page._draft.applicant["address"] == "新地址"
        await committed(pilot, app, lambda: app.screen is not page)
        assert last_act(counter) == ("amend", page._seen.stand.base.seq)

    play(counter, what)
    village.sync()
    assert village.conflicts() == []
    assert city.office.case(cases[0])["applicant"]["phone"] == "13800000022"


def test_what_comes_between_the_last_look_and_the_disk_is_a_conflict_and_lost_for_nobody(
    counter: Counter, city: City, village: Station, cases: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    village.sync()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, cases[0], ActPage)
        await pick(pilot, app, "amend")
        page.query_one("IntakeForm").field("applicant.phone").focus()
        await keys(pilot, "13800000022")
        city.act(cases[0], "amend", set={"phone": "13800000011"})
        village.sync()
        monkeypatch.setattr(counter, "stand", lambda _case: page._seen.stand)  # the news come right after the look
        await committed(pilot, app, lambda: app.screen is not page)

    play(counter, what)
    village.sync()
    (conflict,) = village.conflicts()
    assert [each.value for each in conflict.candidates] == ["13800000011", "13800000022"]
    assert city.office.case(cases[0])["applicant"]["phone"] == "13800000011"


def test_after_a_notice_the_case_offers_its_paper(counter: Counter, cases: list[str]) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        case = await opened(pilot, app, cases[0])
        await keys(pilot, "f6")
        await until(pilot, lambda: begun(app, ActPage))
        await pick(pilot, app, "ask_correction")
        await keys(pilot, "照片不清")
        await committed(pilot, app, lambda: app.screen is case and "Ctrl+P打印告知单" in case.told)
        assert "待补正" in facts(case, "#part")
        await keys(pilot, "ctrl+p")
        await until(pilot, lambda: begun(app, PaperPage))
        assert "照片不清" in "\n".join(app.screen.query_one("#paper").lines)  # type: ignore[attr-defined]

    play(counter, what)


def test_an_act_that_is_off_says_why_and_one_that_lacks_something_does_not_happen(
    counter: Counter, cases: list[str]
) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, cases[0], ActPage)
        before = last_act(counter)
        await keys(pilot, str([offer.act for offer in page._offers].index("decide") + 1))
        assert "不能「决定」" in page.told
        assert page._act == ""
        await pick(pilot, app, "withdraw")
        assert "写明理由" in facts(page, "#changes")
        assert page.reason("f9")
        await pilot.pause(0.1)
        await keys(pilot, "f9")
        await until(pilot, lambda: "写明理由" in page.told)
        assert (app.screen is page, last_act(counter)) == (True, before)

    play(counter, what)


def test_what_was_typed_is_asked_for_once_before_it_is_let_go(counter: Counter, cases: list[str]) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await opened(pilot, app, cases[0], ActPage)
        await pick(pilot, app, "note")
        await keys(pilot, "很长的一段")
        await keys(pilot, "escape")
        assert (page._act, "放弃" in page.told) == ("note", True)
        await keys(pilot, "escape")
        assert page._act == ""
        await pick(pilot, app, "note")
        await keys(pilot, "escape")
        assert page._act == "", "nothing was typed: nothing is asked"

    play(counter, what)


def test_materials_are_marked_by_digits_and_the_clock_starts_again(counter: Counter, village: Station) -> None:
    case = village.take(UNEMPLOYED, materials=[]).case
    village.act(case, "ask_correction")

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        below = await opened(pilot, app, case)
        await keys(pilot, "f6")
        await until(pilot, lambda: begun(app, ActPage))
        await pick(pilot, app, "supplement")
        await keys(pilot, "2", "1")
        page: Any = app.screen
        assert sorted(page._draft.materials.values()) == ["original_seen", "paper"]
        assert "待补正 → 已收件" in facts(page, "#changes")
        await committed(pilot, app, lambda: app.screen is below)
        assert {each["got"] for each in below._seen.document["materials"]} == {"original_seen", "paper"}

    play(counter, what)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_every_page_of_a_case_fits_both_sizes(counter: Counter, cases: list[str], size: tuple[int, int]) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await queue(pilot, app)
        assert page.query_one("#rows").size.height >= 8
        wide = size[0] >= 100
        assert page.query_one("#facts").region.x > 0 if wide else page.query_one("#facts").region.x <= 1
        await keys(pilot, "enter")
        await until(pilot, lambda: begun(app, CasePage))
        assert app.screen.query_one("#summary").display is wide
        await keys(pilot, "f6")
        await until(pilot, lambda: begun(app, ActPage))
        await pick(pilot, app, "amend")
        for widget in app.screen.query("#changes, IntakeForm"):
            assert widget.region.bottom <= size[1] - 2
            assert widget.region.right <= size[0]

    play(counter, what, size)
