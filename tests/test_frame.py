"""What every page has: the window that is too small, the menu as twin of the F-keys, the help of the page below."""

from __future__ import annotations

import asyncio
from functools import partial

import pytest
from test_pages import KEYS, SECRET, counter, play, signed_in, told, typed, until  # noqa: F401 - the fixture
from textual.geometry import Size
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.ordered_keys import OrderedApp
from screens.pages.case import CasePage
from screens.pages.frame import COLUMNS_LEAST, ROWS_LEAST, CounterPage
from screens.pages.help import HelpPage
from screens.pages.intake import IntakePage
from screens.pages.lock import SignInPage
from screens.pages.menu import MenuPage
from screens.pages.today import TodayPage
from screens.widgets.row_list import RowList
from screens.widgets.text_lines import Fact, Facts, Sentence
from station.errors import Refused

pytest_plugins = ["loop_fixtures"]


async def on_review(pilot: Pilot[int], app: CounterApp) -> IntakePage:
    await signed_in(pilot, app)
    await typed(pilot, "gljt", "enter")
    await until(pilot, lambda: isinstance(app.screen, IntakePage) and bool(app.screen.query("EntryField")))
    page = app.screen
    assert isinstance(page, IntakePage)
    await typed(pilot, "f9")
    await until(pilot, lambda: page.step.kind == "review" and page.painted_at is not None)
    return page


def noted(taken: list[str], line: object, draft: str) -> None:
    """A desk that only notes what it was asked to take."""
    taken.append(draft)
    raise Refused("not_enrolled")


def rows_of(app: CounterApp) -> list[tuple[str, ...]]:
    return [row.cells for row in app.screen.query(RowList).first().window.rows]


def shown(app: CounterApp) -> str:
    return "\n".join("".join(segment.text for segment in strip) for strip in app.screen._compositor.render_strips())


def test_a_window_that_is_too_small_says_so_and_commits_nothing(
    counter: Counter,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[str] = []

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await on_review(pilot, app)
        monkeypatch.setattr(counter, "take", partial(noted, taken))
        await pilot.resize_terminal(60, 12)
        await until(pilot, lambda: "60列12行" in shown(app))
        await typed(pilot, "f9")
        await pilot.pause(0.1)
        assert taken == []
        await pilot.resize_terminal(COLUMNS_LEAST, ROWS_LEAST)
        await until(pilot, lambda: "60列12行" not in shown(app) and page.painted_at is not None)
        await typed(pilot, "f9")
        await until(pilot, lambda: taken == [page.draft.id])

    play(counter, what)


def test_typing_goes_on_into_the_same_field_while_the_window_is_too_small(counter: Counter) -> None:  # noqa: F811
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        focused = app.focused
        await pilot.resize_terminal(40, 10)
        await typed(pilot, "gljt")
        await pilot.resize_terminal(80, 24)
        assert app.focused is focused
        assert getattr(focused, "value", "") == "gljt"

    play(counter, what)


def test_f10_and_a_digit_is_the_function_key_of_the_page_below(
    counter: Counter,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[str] = []

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await on_review(pilot, app)
        monkeypatch.setattr(counter, "take", partial(noted, taken))
        await typed(pilot, "f10")
        await until(pilot, lambda: isinstance(app.screen, MenuPage) and bool(rows_of(app)))
        assert [cells[0] for cells in rows_of(app)][:9] == [f"F{number}" for number in range(1, 10)]
        assert taken == []
        await typed(pilot, "9")
        await until(pilot, lambda: taken == [page.draft.id])

    play(counter, what)


def test_the_twin_of_the_commit_key_waits_for_a_page_that_was_seen(
    counter: Counter,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    taken: list[str] = []

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await on_review(pilot, app)
        page.unseen()
        monkeypatch.setattr(page, "painted", lambda at: None)  # no frame of it ever came
        monkeypatch.setattr(counter, "take", partial(noted, taken))
        await typed(pilot, "f10", "9")
        await until(pilot, lambda: "F9" in told(app) or bool(taken))
        assert isinstance(app.screen, MenuPage)
        assert taken == []

    play(counter, what)


def test_what_a_page_has_no_use_for_is_off_and_says_why(counter: Counter) -> None:  # noqa: F811
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await typed(pilot, "f10", "9")
        await until(pilot, lambda: bool(told(app)))
        assert isinstance(app.screen, MenuPage)
        assert told(app) == app.words.say("menu.not_here")
        await typed(pilot, "escape")
        assert isinstance(app.screen, TodayPage)

    play(counter, what)


def test_the_help_tells_the_keys_of_the_page_below_and_those_of_all(counter: Counter) -> None:  # noqa: F811
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        page = await on_review(pilot, app)
        await typed(pilot, "f1")
        await until(pilot, lambda: isinstance(app.screen, HelpPage) and bool(rows_of(app)))
        told_keys = {cells[0] for cells in rows_of(app)}
        assert {"F9", "F10", "F1"} <= told_keys
        assert app.words.say("help.twin") in {cells[1] for cells in rows_of(app)}
        assert len(rows_of(app)) >= len(page.help_steps) + len(page.labels())
        await typed(pilot, "escape")
        assert app.screen is page

    play(counter, what)


def test_a_base_that_needs_no_passphrase_is_not_called_locked(counter: Counter) -> None:  # noqa: F811
    counter.open(SECRET)  # as the keyring of a system does

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await until(pilot, lambda: isinstance(app.screen, SignInPage))
        await until(pilot, lambda: app.sync_status.state.id != "status.locked")

    play(counter, what)


def test_every_page_says_how_its_work_goes() -> None:
    def below(kind: type[CounterPage]) -> list[type[CounterPage]]:
        return [each for sub in kind.__subclasses__() for each in [sub, *below(sub)]]

    pages = [page for page in below(CounterPage) if page.title_id and page is not HelpPage]
    assert CasePage in pages
    assert [page.__name__ for page in pages if not page.help_steps] == []


def test_a_long_sentence_is_broken_and_never_begins_a_line_with_a_comma() -> None:
    words = "这一步没有保存，以前的都在，请清出空间再试，" * 4

    class Small(OrderedApp[int]):
        def compose(self):  # type: ignore[no-untyped-def]
            yield Sentence(words, id="told")
            yield Facts([Fact("姓名", "王" * 60), Fact("", "x")], id="facts")

    async def run() -> tuple[Size, list[str]]:
        app = Small()
        async with app.run_test(size=(40, 12)):
            told = app.query_one("#told", Sentence)
            lines = ["".join(part.text for part in told.render_line(y)) for y in range(told.size.height)]
            return app.query_one("#facts").size, lines

    _, lines = asyncio.run(run())
    assert len(lines) == 3
    assert not any(line.startswith(("，", "。")) for line in lines)
