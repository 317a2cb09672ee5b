"""The item whole: all that the catalogue says, in lines that fit, and an intake that begins from it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from intake_desk import Desk, play
from loop_city import CATALOGUE, ELDER_CARD, Station
from rich.cells import cell_len

from screens import item_sheet
from screens.pages.intake import IntakePage
from screens.pages.item import ItemPage
from screens.pages.today import TodayPage
from screens.widgets.reader import Reader
from screens.widgets.text_lines import Fact, Facts, TextLine
from screens.words import LANGUAGES, Words
from station.item_record import item_of

pytest_plugins = ["loop_fixtures"]

DAY = date(2026, 9, 22)
GUIDED = "居民身份证申领"
MADE: dict[str, Any] = {
    "impl_code": "X1",
    "item_name": "演示事项",
    "version": 3,
    "item_type": "01",
    "case_type": "2",
    "promised_limit": 2,
    "statutory_limit": 20,
    "limit_unit": "自然日",
    "charge": "是",
    "fee_items": [{"fee_name": "工本费", "fee_stand": "10元"}],
    "fee_basis": "演示收费文件",
    "transact_addr": "莲花镇便民服务中心2号窗口",
    "transact_time": "工作日 8:00-12:00",
    "link_way": "0592-7000001",
    "supervise_way": "0592-7000002",
    "by_law": ["演示条例 第三条", {"name": "演示办法", "article": "第五条"}],
    "faq": [{"question": "要本人来吗？", "answer": "可以代办。"}, "带上户口簿。"],
    "conditions": ["年满十六周岁"],
    "materials": [
        {"name": "申请书", "original_copies": 1},
        {"id": "m_2", "name": "委托书", "necessity": 1, "accept_standard": "双方签字", "note": "代办才要"},
        {"name": "照片", "necessity": 2, "photocopy_copies": 2, "original_copies": 0, "ecert_name": "电子照片"},
    ],
    "questions": [
        {
            "id": "who",
            "text": "谁来办？",
            "options": [{"value": "a", "label": "本人"}, {"value": "b", "label": "代办", "materials": ["m_2"]}],
        }
    ],
    "form": [
        {"id": "size", "label": "面积", "type": "decimal", "required": True, "unit": "平方米", "hint": "一位小数"}
    ],
    "flow": ["收件", "审批"],
    "result": "演示证",
    "effective_from": "2026-01-01",
    "effective_to": "2027-12-31",
}


def told(facts: list[Fact]) -> str:
    return "\n".join(f"{fact.label} {fact.text}" for fact in facts)


def whole(record: dict[str, Any], lang: str = "zh-Hans") -> str:
    item, words = item_of(record), Words.of(lang)
    return told([*item_sheet.head(item, record, words), *item_sheet.body(item, record, words)])


@pytest.mark.parametrize(
    "line",
    [
        "类型 行政许可  承诺件",
        "时限 承诺2天  法定20天",
        "收费 工本费  10元、演示收费文件",
        "办理地点 莲花镇便民服务中心2号窗口",
        "办理时间 工作日 8:00-12:00",
        "咨询 0592-7000001",
        "投诉 0592-7000002",
        "谁能办 年满十六周岁",
        "材料 1. 申请书（必要、原件1）",
        "2. 委托书（按情形要、原件1）",
        "标准：双方签字",
        "说明：代办才要",
        "3. 照片（可容缺、复印2）",
        "电子证照：电子照片",
        "情形 1. 谁来办？",
        "代办（另要：委托书）",
        "表单 面积（必填、小数 平方米）  一位小数",
        "流程 1. 收件",
        "依据 演示条例 第三条",
        "演示办法  第五条",
        "问答 问：要本人来吗？",
        "答：可以代办。",
        "带上户口簿。",
        "办成得到 演示证",
        "编码 X1",
        "版本 第3版  2026-01-01起，到2027-12-31止  在用",
    ],
)
def test_all_that_was_published_stands_there(line: str) -> None:
    assert line in whole(MADE)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"limit_unit": "即办"}, "时限 当场办"),
        ({"promised_limit": None, "statutory_limit": None}, "时限 目录没有写"),
        ({"limit_unit": "工作日", "statutory_limit": None}, "时限 承诺2个工作日"),
        ({"charge": "否"}, "收费 不收费"),
        ({"materials": []}, "材料 不用交材料"),
        ({"visits": 0, "handling_form": "1^2"}, "怎么办 窗口  网上  不用到场"),
        ({"item_type": "77"}, "类型 77  承诺件"),
    ],
)
def test_limits_fees_and_codes_are_said_in_words(changes: dict[str, Any], said: str) -> None:
    assert said in whole(MADE | changes)


def test_a_fee_of_which_the_catalogue_is_silent_is_not_said_to_be_none() -> None:
    assert "收费" not in whole({key: value for key, value in MADE.items() if key != "charge"})


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"village_role": "guide_only"}, "只作指引"),
        ({"offline_intake": False}, "联网"),
        ({"status": "暂停"}, "暂停"),
        ({"status": "取消"}, "取消"),
        ({"effective_to": "2026-01-31"}, "取消"),
        ({"effective_from": "2026-12-01"}, "2026-12-01起"),
        ({}, ""),
    ],
)
def test_an_item_that_may_not_be_taken_says_so_first(changes: dict[str, Any], said: str) -> None:
    record = MADE | changes
    item, words = item_of(record), Words.of("zh-Hans")
    refused = item_sheet.refusal(item, DAY, words)
    assert said in refused if said else not refused
    assert item_sheet.brief(item, record, DAY, words)[0].text == (refused or item.name)


@pytest.mark.parametrize("lang", LANGUAGES)
def test_every_item_of_the_demo_has_words_for_all_its_codes(lang: str) -> None:
    sections = {"item_type": "item_type", "case_kind": "case_type", "decide_level": "decide_level"}
    known = Words.of(lang)._sentences
    for record in CATALOGUE["items"]:
        said = whole(record, lang)
        assert [name for name in ("sheet.", "limit.", "way.", "field_type.") if name in said] == []
        assert {f"{section}.{record[key]}" for section, key in sections.items()} <= set(known)
        assert record["village_role"] not in said


# The page.


def lines(at: Desk) -> str:
    return "".join(told(list(reader.facts)) for reader in at.app.screen.query("#sheet").results(Reader))


async def opened(at: Desk, text: str) -> None:
    await at.press(text, "f4")
    await at.until(lambda: isinstance(at.app.screen, ItemPage) and lines(at))


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
def test_the_page_holds_the_item_whole_in_both_sizes(village: Station, size: tuple[int, int]) -> None:
    record = next(each for each in CATALOGUE["items"] if each["demo_impl_code"] == ELDER_CARD)

    async def what(at: Desk) -> None:
        await opened(at, "老年证")
        beside = at.app.screen.query_one("#head-facts", Facts)
        assert beside.display == (size[0] >= 100)
        shown = lines(at) + (told(list(beside.facts)) if beside.display else "")
        assert all(material["name"] in shown for material in record["materials"])
        assert all(text in shown for text in (ELDER_CARD, "福建省老年人优待证", record["implementing_dept"]))
        assert "可以收件" in at.app.screen.query_one("#standing", TextLine).text
        reader = at.app.screen.query_one("#sheet", Reader)
        for _ in range(9):
            assert all(cell_len(reader.render_line(y).text) == reader.size.width for y in range(reader.size.height))
            await at.pilot.press("pagedown")
        assert reader.place[1] == reader.place[2]

    play(village, what, "", size)


def test_a_window_that_grows_puts_what_the_item_is_beside_the_rest(village: Station) -> None:
    async def what(at: Desk) -> None:
        await opened(at, "老年证")
        assert ELDER_CARD in lines(at)
        await at.pilot.resize_terminal(120, 40)
        await at.until(lambda: ELDER_CARD not in lines(at))
        await at.pilot.resize_terminal(80, 24)
        await at.until(lambda: ELDER_CARD in lines(at))

    play(village, what, "")


@pytest.mark.parametrize("key", ["f2", "enter"])
def test_an_intake_begins_from_the_page(village: Station, key: str) -> None:
    async def what(at: Desk) -> None:
        await opened(at, "老年证")
        await at.press(key)
        await at.until(lambda: isinstance(at.app.screen, IntakePage))
        assert at.page.item.code == ELDER_CARD
        await at.press("escape")
        await at.until(lambda: isinstance(at.app.screen, TodayPage))

    play(village, what, "")


def test_nothing_commits_and_nothing_begins_where_it_may_not(village: Station) -> None:
    async def what(at: Desk) -> None:
        await opened(at, GUIDED)
        assert "只作指引" in at.app.screen.query_one("#standing", TextLine).text
        await at.press("f9", "enter")
        assert isinstance(at.app.screen, ItemPage)
        assert "只作指引" in at.told
        await at.press("escape")
        assert isinstance(at.app.screen, TodayPage)

    play(village, what, "")


def test_from_an_open_intake_its_item_leads_back_to_it(village: Station) -> None:
    async def what(at: Desk) -> None:
        draft = at.draft
        at.app.open("item_page", at.page.item.code)
        await at.until(lambda: isinstance(at.app.screen, ItemPage) and lines(at))
        await at.press("enter")
        assert at.page.draft.id == draft.id
        assert [type(page) for page in at.app.screen_stack[-2:]] == [TodayPage, IntakePage]

    play(village, what)
