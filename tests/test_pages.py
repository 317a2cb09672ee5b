"""The pages by keys: sign in, an intake from search to number, a draft resumed, a conflict settled, the lock."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from loop_city import BASE_KEY, PIN, City, Station
from textual.pilot import Pilot

from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.pages.case import CasePage
from screens.pages.conflict import ConflictPage
from screens.pages.frame import CounterPage
from screens.pages.intake import IntakePage
from screens.pages.lock import PassphrasePage, SignInPage
from screens.pages.paper import PaperPage
from screens.pages.taken import TakenPage
from screens.pages.today import TodayPage
from screens.words import Words
from scripts.pty_terminal import Terminal
from station import vault

pytest_plugins = ["loop_fixtures"]

SECRET = "a-village-passphrase"
ID_NO = "350200193503120026"

Play = Callable[[Pilot[int], CounterApp], Awaitable[None]]


@pytest.fixture
def counter(village: Station) -> Counter:
    """The village of the small city, under a passphrase, as its clerk finds it in the morning."""
    (village.home / "key").mkdir()
    made = vault.create(village.home / "key", "passphrase", SECRET, _SameKey())
    assert made == BASE_KEY
    (village.home / "key" / vault.FILE).rename(village.home / vault.FILE)
    village.database.close()
    return Counter(village.home)


class _SameKey:
    """Chance that first gives the key that the base already has."""

    def __init__(self) -> None:
        self._given = False

    def token(self, size: int) -> bytes:
        if not self._given and size == len(BASE_KEY):
            self._given = True
            return BASE_KEY
        return bytes(size)


def play(counter: Counter, what: Play, size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        app = CounterApp(counter, Words.of("zh-Hans"))
        async with app.run_test(size=size) as pilot:
            await what(pilot, app)
        counter.close()

    asyncio.run(run())


async def typed(pilot: Pilot[int], *keys: str) -> None:
    """Keys one after the other; a text of several letters is typed letter by letter."""
    for key in keys:
        for each in [key] if key in KEYS else list(key):
            await pilot.press(each)
    await pilot.pause()


KEYS = (
    "enter",
    "escape",
    "tab",
    "up",
    "down",
    "left",
    "right",
    "space",
    "f1",
    "f2",
    "f3",
    "f4",
    "f6",
    "f7",
    "f8",
    "f9",
    "f10",
    "f12",
    "f4",
    "f5",
    "ctrl+r",
    "ctrl+p",
)


async def signed_in(pilot: Pilot[int], app: CounterApp) -> None:
    assert isinstance(app.screen, PassphrasePage)
    await typed(pilot, SECRET, "enter")
    await until(pilot, lambda: isinstance(app.screen, SignInPage))
    await pilot.pause()
    if not app.focused or app.focused.id != "pin":
        await typed(pilot, "1")
    await typed(pilot, PIN, "enter")
    await until(pilot, lambda: isinstance(app.screen, TodayPage))
    await until(pilot, lambda: bool(getattr(app.screen, "_begun", False)))


async def until(pilot: Pilot[int], holds: Callable[[], bool]) -> None:
    """Waits for something that a worker brings."""
    for _ in range(400):
        if holds():
            return
        await pilot.pause(0.01)
    raise AssertionError(f"it did not come; {pilot.app.screen}: {getattr(pilot.app.screen, 'told', '')}")


def told(app: CounterApp) -> str:
    assert isinstance(app.screen, CounterPage)
    return app.screen.told


def test_a_wrong_passphrase_or_pin_opens_nothing_and_says_so(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await typed(pilot, "guess", "enter")
        await until(pilot, lambda: "口令" in told(app))
        assert not counter.is_open
        await typed(pilot, SECRET, "enter")
        await until(pilot, lambda: isinstance(app.screen, SignInPage))
        await pilot.pause()
        if not app.focused or app.focused.id != "pin":
            await typed(pilot, "1")
        await typed(pilot, "000000", "enter")
        await until(pilot, lambda: "PIN" in told(app))
        assert counter.clerk is None

    play(counter, what)


def test_an_intake_goes_from_its_initials_to_its_number_without_a_mouse(counter: Counter) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await typed(pilot, "gljt", "enter")
        await until(pilot, lambda: isinstance(app.screen, IntakePage) and bool(app.screen.query("EntryField")))
        page: Any = app.screen
        await typed(pilot, ID_NO, "黄阿婆", "enter", "13800000123", "军营村9号", "f8")
        await typed(pilot, "1", "1", "1", "f8")
        await until(pilot, lambda: page.step.kind == "materials")
        await typed(pilot, "f6", "f9")
        await until(pilot, lambda: page.step.kind == "review")
        await pilot.pause(0.1)
        await typed(pilot, "f9")
        await until(pilot, lambda: isinstance(app.screen, TakenPage))
        assert "已存好" in told(app)
        await typed(pilot, "f4")
        await until(pilot, lambda: isinstance(app.screen, PaperPage))
        await until(pilot, lambda: bool(app.screen.query_one("#paper").lines))
        shown = "\n".join(app.screen.query_one("#paper").lines)
        assert "收件凭证" in shown
        assert "黄阿婆" in shown
        assert ID_NO not in shown
        await typed(pilot, "ctrl+p")
        await until(pilot, lambda: "打印机" in told(app))
        [draftless] = [counter.drafts()]
        assert draftless == []

    play(counter, what)
    counter.open(SECRET)
    with counter.database.reading() as reader:
        rows = reader.execute("SELECT name, id_no, phone FROM work WHERE name = '黄阿婆'").fetchall()
    counter.close()
    assert rows == [("黄阿婆", ID_NO, "13800000123")]


def test_a_draft_is_there_after_the_program_ended_and_two_keys_bring_it_back(counter: Counter) -> None:
    async def begun(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await typed(pilot, "gljt", "enter")
        await until(pilot, lambda: isinstance(app.screen, IntakePage) and bool(app.screen.query("EntryField")))
        await typed(pilot, ID_NO, "黄阿婆")

    async def resumed(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await typed(pilot, "1", "enter")
        await until(pilot, lambda: isinstance(app.screen, IntakePage) and bool(app.screen.query("EntryField")))
        page: Any = app.screen
        assert page.draft.applicant == {"id_no": ID_NO, "name": "黄阿婆"}

    play(counter, begun)
    play(Counter(counter.home), resumed)


def test_a_conflict_is_settled_by_its_author_with_a_reason(counter: Counter, city: City, village: Station) -> None:
    case = village.take().case
    village.sync()
    village.amend(case, phone="13800000001")
    city.act(case, "amend", set={"phone": "13800000002"})
    village.sync()
    village.database.close()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await typed(pilot, "1", "enter")
        await until(pilot, lambda: isinstance(app.screen, ConflictPage))
        await pilot.pause(0.1)
        await typed(pilot, "left", "1", "f9")
        await until(pilot, lambda: isinstance(app.screen, TodayPage))

    play(counter, what)
    village.sync()
    assert village.conflicts() == []
    assert city.office.case(case)["applicant"]["phone"] == "13800000001"


def test_a_case_is_found_by_its_number_and_looking_at_it_is_written_down(counter: Counter, village: Station) -> None:
    done = village.take()
    village.database.close()

    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await typed(pilot, done.number, "enter")
        await until(pilot, lambda: isinstance(app.screen, CasePage))
        await until(pilot, lambda: bool(app.screen.query_one("#part").facts))
        await typed(pilot, "escape", "f12")
        await until(pilot, lambda: isinstance(app.screen, SignInPage))
        assert counter.clerk is None

    play(counter, what)
    with village.database.reading() as reader:
        assert reader.execute("SELECT clerk, what FROM read_audit").fetchall() == [("林小梅", "case")]


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_day_stands_in_both_sizes_with_its_status_and_keys(counter: Counter, size: tuple[int, int]) -> None:
    async def what(pilot: Pilot[int], app: CounterApp) -> None:
        await signed_in(pilot, app)
        await until(pilot, lambda: bool(app.sync_status.parts))
        bar = app.screen.query_one("StatusBar").region
        keys = app.screen.query_one("KeyBar").region
        assert (bar.y, keys.y) == (size[1] - 2, size[1] - 1)

    play(counter, what, size)


def test_the_pages_import_nothing_that_delays_the_first_paint() -> None:
    program = (
        "import sys; import screens.counter_app; "
        "assert not {'sqlalchemy', 'sqlmodel', 'pydantic', 'httpx', 'keyring'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)


def test_a_bug_is_told_without_anything_of_a_citizen(counter: Counter) -> None:
    program = (
        "import sys; from screens import counter_app; from screens.command_line import main\n"
        "def broken(self): name = '黄阿婆'; raise RuntimeError(name)\n"
        "counter_app.PassphrasePage.begin = broken\n"
        f"sys.exit(main(['--home', {str(counter.home)!r}]))"
    )
    with Terminal(["-c", program]) as terminal:
        terminal.wait_for("程序出错".encode(), 30)
        said = terminal.output.decode(errors="replace")
    assert "黄阿婆" not in said
    assert "Traceback" not in said
