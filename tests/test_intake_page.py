"""The intake page by keys: where they go, what is kept, what is brought, taken back and taken, and what cannot hurt."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import msgspec
import pytest
from intake_desk import ID_NO, Desk, full_disk, play
from loop_city import ELDER_CARD, INSURANCE, Station
from rich.cells import cell_len

from screens import intake_answers as given
from screens.pages.choices import ChoicesPage
from screens.pages.intake import IntakePage
from screens.pages.today import TodayPage
from screens.safe_output import is_hidden
from screens.widgets.entry_field import EntryField
from screens.widgets.form_row import LEAD
from screens.widgets.text_field import PASTE_MOST

pytest_plugins = ["loop_fixtures"]

DATA = Path(__file__).parent / "data"
CORPORA = ("blns", "terminal_escapes", "unicode_spoof")
LOW_INCOME = "11350212DM0001104K53505D0007000"  # its form has every kind of field
KNOWN_ID = "350200195503120025"  # 陈秀英, who has a case in this village


@pytest.fixture
def known(village: Station) -> Station:
    """A village where 陈秀英 has been before."""
    village.take()
    return village


# Where the keys go.


def test_typing_begins_in_the_number_and_goes_on_by_itself(village: Station) -> None:
    async def what(at: Desk) -> None:
        assert at.where == "applicant.id_no"
        await at.press(ID_NO)
        assert at.where == "applicant.name"
        assert "女 91岁" in at.row("applicant.id_no").aside or "岁" in at.row("applicant.id_no").aside
        await at.press("黄阿婆", "enter", "13800000123")
        assert at.where == "applicant.address"
        await at.press("shift+tab", "shift+tab", "shift+tab", "shift+tab")
        assert at.where == "applicant.id_kind"
        await at.press("enter")
        assert at.where == "applicant.id_no"

    play(village, what)


def test_the_enter_of_a_scanner_does_not_skip_the_field_behind_the_number(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO, "enter")
        assert at.where == "applicant.name"
        await asyncio.sleep(0.06)
        await at.press("enter")
        assert at.where == "applicant.phone"

    play(village, what)


def test_an_item_that_was_changed_since_is_shown_as_it_is_now_and_said(village: Station) -> None:
    async def what(at: Desk) -> None:
        newest = at.counter.item(INSURANCE)
        draft = at.counter.new_draft(newest)
        old = msgspec.structs.replace(newest, version=99, form=())
        at.app.push_screen(IntakePage(old, given.typed(draft, "answers.gone", "x")))
        await at.until(lambda: isinstance(at.app.screen, IntakePage) and at.app.focused is not None)
        assert (at.page.item, at.draft.item_version) == (newest, newest.version)
        assert "更新过" in at.told
        assert given.line(newest, at.draft)["answers"] == {}
        assert at.draft.answers == {"gone": "x"}

    play(village, what, item="")


def test_a_landline_is_never_thought_complete_and_a_wrong_number_keeps_the_keys(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO[:-1] + "7")
        assert at.where == "applicant.id_no"
        await at.press("tab", "tab", "02112345678")
        assert at.where == "applicant.phone"
        assert "校验不过" in at.row("applicant.id_no").sentence

    play(village, what)


def test_an_agent_is_chosen_by_a_digit_and_his_fields_come_and_go(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO, "黄阿婆", "enter", "13800000123")
        await asyncio.sleep(0.06)  # the Enter is the clerk's and no scanner's
        await at.press("enter", "2")
        assert at.where == "agent.name"
        await at.press("李四", "enter")
        assert at.where == "agent.id_no"
        await at.press("350200195503120025")
        assert at.where == "agent.phone"
        await at.press("up", "up", "up", "up", "space")
        assert at.row("agent.name") is None
        assert at.where == "agent.by"

    play(village, what)


def test_an_input_method_opens_at_the_caret_also_where_the_field_has_moved(village: Station) -> None:
    async def what(at: Desk) -> None:
        def caret() -> tuple[int, int]:
            row = at.app.focused
            assert isinstance(row, EntryField)
            cells = cell_len(row.value[: row.cursor_position])
            return row.region.x + LEAD + 1 + min(cells, row.area.width - 1), row.region.y + row.above

        await at.press("tab", "黄阿婆")
        assert at.app.cursor_position == caret()
        await at.press("tab", "138", "tab")  # a sentence comes, and the address goes down by a line
        await at.until(lambda: at.row("applicant.phone").region.height == 2)
        assert at.app.cursor_position == caret()
        await at.press("军营村九号" * 8)
        assert at.app.cursor_position == caret()
        await at.press("home")
        assert at.app.cursor_position == caret()

    play(village, what)


def test_an_answer_shows_what_it_asks_for_below_without_moving_the_rest(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("f8")
        paths = [entry.path for entry in at.page.step.entries]
        assert "answers.guardian_name" not in paths
        before = at.row("answers.pay_way")
        await at.press("2")
        assert at.row("answers.guardian_name") is not None
        assert at.row("answers.pay_way") is before
        assert at.where == "answers.handler"

    play(village, what)


def test_f4_picks_from_a_list_and_escape_changes_nothing(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("shift+tab", "f4")
        assert isinstance(at.app.screen, ChoicesPage)
        await at.press("escape")
        assert at.draft.applicant == {}
        await at.press("f4", "down", "down", "down", "enter")
        assert at.draft.applicant == {"id_kind": "passport"}
        assert at.where == "applicant.id_no"

    play(village, what)


def test_a_date_is_written_out_when_its_field_is_left(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("f8", "1", "1", "1", "3")  # the card was lost: its date is asked
        await at.until(lambda: at.row("answers.lost_on") is not None)
        assert at.where == "answers.lost_on"
        await at.press("0312")
        assert at.draft.answers["lost_on"] == "0312"
        await at.press("enter")
        assert at.draft.answers["lost_on"] == f"{at.counter.today.year}-03-12"
        assert at.row("answers.lost_on").value == at.draft.answers["lost_on"]

    play(village, what, ELDER_CARD)


async def to_materials(at: Desk) -> None:
    """Step by step to the materials."""
    while at.page.step.kind == "form":
        await at.press("f8")


def test_materials_are_marked_by_digits_and_space_with_the_cursor_going_on(village: Station) -> None:
    async def what(at: Desk) -> None:
        await to_materials(at)
        await at.press("space", "3")
        assert at.draft.materials == {"m_id_card": "original_seen", "m_form": "copy"}
        await at.press("home", "5")
        assert "不能容缺" in at.told
        assert at.draft.materials["m_id_card"] == "original_seen"
        await at.press("space")
        assert at.draft.materials == {"m_form": "copy"}
        await at.press("f6")
        assert at.draft.materials == {"m_id_card": "original_seen", "m_form": "copy"}
        assert at.rows()[0].startswith("[x]")
        assert "不需要" in at.rows()[2]

    play(village, what)


def test_letters_of_an_input_method_do_nothing_on_the_materials(village: Station) -> None:
    async def what(at: Desk) -> None:
        await to_materials(at)
        await at.press("o", "c", "e", "d", "m", "原")
        assert at.draft.materials == {}

    play(village, what)


# What is kept, brought and taken back.


def test_a_known_person_is_brought_marked_and_never_over_what_was_typed(known: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("tab", "陈秀 英", "shift+tab", KNOWN_ID)
        assert at.draft.applicant["name"] == "陈秀 英"
        assert set(at.draft.brought) == {"applicant.phone", "applicant.address"}
        assert at.row("applicant.phone").aside == "带出"
        await at.press("tab", "1")
        assert at.draft.brought == ("applicant.address",)
        assert at.draft.applicant["phone"] == "1"
        assert at.row("applicant.phone").aside == ""

    play(known, what)


def test_what_was_brought_goes_when_the_number_becomes_another_persons(known: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(KNOWN_ID)
        assert at.draft.applicant["name"] == "陈秀英"
        await at.press("shift+tab", ID_NO)
        assert at.draft.applicant == {"id_no": ID_NO, "name": "", "phone": "", "address": ""}

    play(known, what)


def test_undo_takes_back_a_field_wherever_it_is_and_says_which(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO, "黄阿婆", "f8", "1")
        await to_materials(at)
        await at.press("space")
        await at.press("ctrl+z")
        assert at.draft.materials == {}
        assert "申请人居民身份证" in at.told
        await at.press("ctrl+z")
        assert (at.draft.answers, at.where) == ({}, "answers.insured")
        await at.press("ctrl+z")
        assert (at.where, at.row("applicant.name").value) == ("applicant.name", "")
        assert "姓名" in at.told
        await at.press("ctrl+y")
        assert at.row("applicant.name").value == "黄阿婆"
        await at.press("ctrl+z", "ctrl+z", "ctrl+z")
        assert "没有可撤销" in at.told

    play(village, what)


@pytest.mark.parametrize("way", ["escape", "f2", "f12", "f3"])
def test_every_way_out_keeps_the_draft(village: Station, way: str) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO, "黄阿婆", way)
        await at.until(lambda: not at.app.screen.query("#where"))
        await at.until(lambda: [draft.applicant["name"] for draft in at.counter.drafts()] == ["黄阿婆"])

    play(village, what)


def test_a_resumed_draft_goes_on_in_the_first_empty_field(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO, "黄阿婆", "escape")
        await at.resume()
        assert at.where == "applicant.phone"
        assert at.draft.applicant == {"id_no": ID_NO, "name": "黄阿婆"}

    play(village, what)


def test_an_intake_that_was_only_looked_at_leaves_no_draft(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("f8", "f8", "f9", "escape")
        await at.until(lambda: isinstance(at.app.screen, TodayPage))
        with village.database.reading() as reader:
            assert reader.execute("SELECT count(*) FROM draft").fetchone() == (0,)

    play(village, what)


def test_a_disk_that_refuses_is_told_once_and_typing_goes_on(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(at: Desk) -> None:
        keep = at.counter.keep
        monkeypatch.setattr(at.counter, "keep", full_disk)
        monkeypatch.setattr("screens.draft_keeper.RETRY_S", 0.05)
        await at.press(ID_NO)
        await at.until(lambda: "磁盘满了" in at.told)
        assert "未保存" in at.page.query_one("#where")._right
        await at.press("黄阿婆", "escape")
        assert at.draft.applicant["name"] == "黄阿婆"
        assert "离开会丢" in at.told
        monkeypatch.setattr(at.counter, "keep", keep)
        await at.until(lambda: "已保存" in at.page.query_one("#where")._right)
        assert at.counter.drafts()[0].applicant["name"] == "黄阿婆"

    play(village, what)


# What cannot hurt.


def test_a_paste_that_is_too_long_is_refused_whole_and_said(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press(ID_NO)
        await at.paste("长" * (PASTE_MOST + 1))
        assert at.draft.applicant.get("name", "") == ""
        assert "没有收下" in at.row("applicant.name").sentence
        await at.paste("长" * 1_000_000)
        await at.paste("黄" + "\n" * PASTE_MOST + "阿婆")
        assert at.draft.applicant.get("name", "") == ""
        await at.paste("黄阿婆\n\x1b[2J\u202e")
        assert at.draft.applicant["name"] == "黄阿婆 [2J"
        assert "粘贴" in at.row("applicant.name").sentence

    play(village, what)


def hostile() -> list[str]:
    """Strings that terminals obey, that hide, and every eighth of the naughty ones."""
    read = {name: json.loads((DATA / f"{name}.json").read_text(encoding="utf-8")) for name in CORPORA}
    escapes = [each["payload"] for each in read["terminal_escapes"]] + [each["text"] for each in read["unicode_spoof"]]
    return escapes + [text for text in read["blns"][::8] if text]


def test_hostile_texts_are_kept_to_the_byte_and_shown_in_every_kind_of_field(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("f4", "tab")  # with the closer look open
        for step in range(3):
            assert at.page.form is not None
            paths = [entry.path for entry in at.page.step.entries if entry.path != "agent.by"]
            texts = hostile()
            for turn in range(0, len(texts), len(paths)):
                typed = dict(zip(paths, (texts * 2)[turn:], strict=False))
                for path, text in typed.items():
                    at.page.typed(path, text)
                at.page.form.fill(at.draft)
                for path in paths:
                    if hasattr(at.row(path), "look_over"):
                        at.row(path).look_over()
                await at.page.look_closer()
                await at.pilot.pause(0)
                assert await at.page.keeper.flush(durable=False)
                [kept] = at.counter.drafts()
                assert {path: given.text_of(kept, path).encode() for path in paths} == {
                    path: text.encode() for path, text in typed.items()
                }
            await at.press("f8" if step < 2 else "f9")
        await at.until(lambda: at.page.step.kind == "review")
        await at.press("f9")
        await at.until(lambda: at.where)

    play(village, what, LOW_INCOME)


def test_hostile_pastes_are_typed_without_what_is_obeyed(village: Station) -> None:
    async def what(at: Desk) -> None:
        await at.press("tab", "tab", "tab")
        for text in [text for text in hostile() if len(text) < 150][::3]:
            at.row("applicant.address").value = ""
            await at.paste(text)
            held = at.draft.applicant["address"]
            assert not any(map(is_hidden, held))
            assert set(held) <= set(text) | {" "}

    play(village, what)


def test_keys_typed_ahead_over_all_steps_arrive_right_and_stop_at_the_review(village: Station) -> None:
    async def what(at: Desk) -> None:
        keys = [*ID_NO, *"黄阿婆", "enter", *"13800000123", *"军营村9号", "enter", "enter", "enter", "1", "1", *"2026"]
        keys += ["enter", "1", "f8", "f8", "space", "2", "f9", "f9"]
        at.burst(*keys)
        await at.until(lambda: at.page.step.kind == "review" and at.told)
        assert at.draft.applicant["address"] == "军营村9号"
        assert at.draft.answers == {"insured": "adult", "handler": "self", "insured_year": "2026", "enrol_kind": "new"}
        assert at.draft.materials == {"m_id_card": "original_seen", "m_form": "paper"}

    play(village, what)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
@pytest.mark.parametrize("item", [INSURANCE, ELDER_CARD])
def test_every_step_fits_its_window(village: Station, item: str, size: tuple[int, int]) -> None:
    async def what(at: Desk) -> None:
        for _ in at.page.steps:
            form = at.page.form
            if form is not None:
                assert form.max_scroll_y == 0
            await at.press("f8")

    play(village, what, item, size)
