"""The review of an intake by keys: what it shows, where its rows lead, how the case is taken, refused or discarded."""

from __future__ import annotations

import pytest
from intake_desk import ID_NO, Desk, full_disk, play
from loop_city import Station

from screens.pages.taken import TakenPage
from screens.pages.today import TodayPage

pytest_plugins = ["loop_fixtures"]


async def filled(at: Desk) -> None:
    """An intake with its applicant, on the review."""
    await at.press(ID_NO, "黄阿婆", "enter", "13800000123", "军营村9号", "f6", "f9")
    assert at.page.step.kind == "review"
    await at.until(lambda: at.page.painted_at is not None)


def test_the_review_masks_the_number_and_a_row_leads_to_its_field(village: Station) -> None:
    async def what(at: Desk) -> None:
        await filled(at)
        assert ID_NO not in " ".join(at.rows())
        await at.press("f4")
        assert ID_NO in " ".join(at.rows())
        await at.press("3")
        assert at.where == "applicant.phone"

    play(village, what)


def test_f9_takes_the_case_and_the_draft_is_gone(village: Station) -> None:
    async def what(at: Desk) -> None:
        await filled(at)
        await at.press("f9")
        await at.until(lambda: isinstance(at.app.screen, TakenPage))
        assert at.counter.drafts() == []

    play(village, what)
    with village.database.reading() as reader:
        assert reader.execute("SELECT name, phone FROM work").fetchall() == [("黄阿婆", "13800000123")]


def test_what_the_desk_refuses_opens_its_field_with_its_sentence_and_nothing_is_lost(village: Station) -> None:
    async def what(at: Desk) -> None:
        await filled(at)
        await at.press("3", "138", "f9")
        await at.until(lambda: at.page.step.kind == "review" and at.page.painted_at is not None)
        await at.press("f9")
        await at.until(lambda: at.where == "applicant.phone")
        assert "电话号码不对" in at.row("applicant.phone").sentence
        assert "没有收件" in at.told
        assert at.draft.applicant["name"] == "黄阿婆"

    play(village, what)


def test_a_desk_that_cannot_write_says_so_and_f9_again_works(village: Station, monkeypatch: pytest.MonkeyPatch) -> None:
    async def what(at: Desk) -> None:
        await filled(at)
        take = at.counter.take
        monkeypatch.setattr(at.counter, "take", full_disk)
        await at.press("f9")
        await at.until(lambda: "磁盘满了" in at.told)
        assert "草稿还在" in at.told
        assert [draft.applicant["name"] for draft in at.counter.drafts()] == ["黄阿婆"]
        monkeypatch.setattr(at.counter, "take", take)
        await at.press("f9")
        await at.until(lambda: isinstance(at.app.screen, TakenPage))

    play(village, what)


def test_discarding_asks_once_more_and_moving_away_keeps_the_draft(village: Station) -> None:
    async def what(at: Desk) -> None:
        await filled(at)
        await at.press("end", "enter")
        assert "再按一次" in at.told
        await at.press("up", "down")
        await at.until(lambda: at.page.painted_at is not None)
        await at.press("enter")
        assert len(at.counter.drafts()) == 1
        await at.until(lambda: at.page.painted_at is not None)
        await at.press("enter")
        await at.until(lambda: isinstance(at.app.screen, TodayPage))
        assert at.counter.drafts() == []

    play(village, what)


def test_a_base_that_another_program_holds_stops_no_key_and_the_case_is_taken_when_it_is_free(
    village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("screens.draft_keeper.PATIENCE_S", 0.1)
    other = village.database.connect()

    async def what(at: Desk) -> None:
        other.execute("BEGIN IMMEDIATE")
        await at.press(ID_NO, "黄阿婆", "f9")
        assert at.page.step.kind == "review"
        assert "未保存" in at.page.query_one("#where")._right
        await at.until(lambda: at.page.painted_at is not None)
        at.burst("f9")
        await at.until(lambda: "正在收件" in at.told)
        other.execute("ROLLBACK")
        await at.until(lambda: isinstance(at.app.screen, TakenPage))
        await at.quiet()
        assert at.counter.drafts() == []

    play(village, what)
    other.close()
