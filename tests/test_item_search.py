"""One to a few keystrokes find the item, by whatever a clerk types."""

from __future__ import annotations

import json
from pathlib import Path
from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

import station
from scripts.made_items import made_items
from station import canonical
from station.item_record import item_of
from station.item_search import QUERY_MAX, ItemIndex, Rank, SearchEntry, SearchKeys
from station.pinyin_pieces import fold
from sync.hub.pinyin_keys import READINGS_MAX, keys_of


def wide(text: str) -> str:
    """As an input method in full-width mode types it."""
    return "".join(chr(ord(character) + 0xFEE0) for character in text)


def entry(code: str, name: str, *aliases: str, department: str = "", version: int = 1) -> SearchEntry:
    return SearchEntry(code, version, name, aliases, department, keys_of(name, aliases))


def entries_of(records: list[dict[str, object]]) -> list[SearchEntry]:
    items = [item_of(record) for record in records]
    return [entry(i.code, i.name, *i.aliases, department=i.implementing_dept, version=i.version) for i in items]


SEED = json.loads((Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8"))["items"]
INDEX = ItemIndex(entries_of(SEED))


@pytest.mark.parametrize(
    ("typed", "name", "rank"),
    [
        ("sfz", "居民身份证申领、换领、补领", Rank.INITIALS_WHOLE),
        ("cxjmyb", "城乡居民基本医疗保险参保登记", Rank.INITIALS_WHOLE),
        ("gljt", "高龄津贴申领", Rank.INITIALS_PREFIX),
        ("dibao", "最低生活保障审核确认", Rank.SYLLABLES_WHOLE),
        ("zuidishenghuo", "最低生活保障审核确认", Rank.SYLLABLES_PREFIX),
        ("db", "最低生活保障审核确认", Rank.INITIALS_WHOLE),
        ("低", "最低生活保障审核确认", Rank.PREFIX),
        ("低保", "最低生活保障审核确认", Rank.EXACT),
        ("吃低保", "最低生活保障审核确认", Rank.EXACT),
        ("生活保障", "最低生活保障审核确认", Rank.SUBSTRING),
        ("低bao", "最低生活保障审核确认", Rank.SYLLABLES_WHOLE),
        ("dibaos", "最低生活保障审核确认", None),
        ("zsz", "生育登记服务", Rank.INITIALS_WHOLE),
        ("zhshzh", "生育登记服务", Rank.INITIALS_WHOLE),
        ("准生证", "生育登记服务", Rank.EXACT),
        ("ZhunSheng", "生育登记服务", Rank.SYLLABLES_PREFIX),
        ("zunsenzen", "生育登记服务", Rank.FUZZY_PREFIX),
        ("gaolinjintie", "高龄津贴申领", Rank.FUZZY_PREFIX),
        ("gaolingj", "高龄津贴申领", Rank.MIXED_PREFIX),
        ("gaoli", "高龄津贴申领", Rank.MIXED_PREFIX),
        (wide("GLJT"), "高龄津贴申领", Rank.INITIALS_PREFIX),
        ("lvzheng", "福建省老年人优待证办理", Rank.SYLLABLES_WHOLE),
        ("lüzheng", "福建省老年人优待证办理", Rank.SYLLABLES_WHOLE),
        ("luzheng", "福建省老年人优待证办理", Rank.SYLLABLES_WHOLE),
        ("hongzheng", "福建省老年人优待证办理", Rank.SYLLABLES_WHOLE),
        ("残疾新办", "残疾人证新办", Rank.ABBREVIATION),
        ("11350212DM0001104K53505D0006000", "高龄津贴申领", Rank.EXACT),
        ("3505d0006", "高龄津贴申领", Rank.CODE_PART),
        (wide("0006000"), "高龄津贴申领", Rank.CODE_PART),
        ("宅基地和建房规划许可", "农村村民宅基地和建房(规划许可)审批", Rank.SUBSTRING),
        ("宅基地和建房（规划", "农村村民宅基地和建房(规划许可)审批", Rank.SUBSTRING),
    ],
)
def test_a_clerks_query_finds_the_item_first(typed: str, name: str, rank: Rank | None) -> None:
    hits = INDEX.search(typed)
    if rank is None:
        assert name not in [hit.entry.name for hit in hits]
        return
    assert (hits[0].entry.name, Rank(hits[0].rank)) == (name, rank)


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("高 jt", "高龄津贴申领"),
        ("jin tie", "高龄津贴申领"),
        ("民政 低保", "最低生活保障审核确认"),
        ("butie nongji", "农业机械购置与应用补贴申领"),
        ("gao　ling", "高龄津贴申领"),
        ("jmyb dj", "城乡居民基本医疗保险参保登记"),
        ("残疾 护理", "重度残疾人护理补贴"),
    ],
)
def test_all_words_must_match_in_any_order(typed: str, name: str) -> None:
    assert name in [hit.entry.name for hit in INDEX.search(typed, 4)]
    assert INDEX.search(typed + " 不存在") == []


def test_words_that_make_one_name_rank_as_that_name() -> None:
    assert INDEX.search("di bao")[0].rank == Rank.SYLLABLES_WHOLE
    assert INDEX.search("低 保")[0].rank == Rank.EXACT


def test_the_matched_alias_is_told() -> None:
    assert INDEX.search("zsz")[0].matched == "准生证"
    assert INDEX.search("gljt")[0].matched == "高龄津贴申领"


def test_heteronyms_match_by_any_reading() -> None:
    index = ItemIndex([entry("1", "重大疾病参保"), entry("2", "长者行业单证")])
    for typed in ("zhongda", "chongda", "jibingcan", "bingshen", "zdjb", "cdjb", "jbsb"):
        assert index.search(typed)[0].entry.code == "1", typed
    for typed in ("zhangzhe", "changzhe", "hangye", "xingye", "danzheng", "shanzheng", "zzhy", "czxydz"):
        assert index.search(typed)[0].entry.code == "2", typed


def test_digits_and_letters_in_names_are_typed_as_they_stand() -> None:
    index = ItemIndex([entry("X", f"3岁以下{wide('ETC')}卡办理"), entry("Y", "60岁以上")])
    for typed in ("3sui", "3sy", "etc", "3", "以下etc", "yxetck", "3岁以下ETC"):
        assert index.search(typed)[0].entry.code == "X", typed
    assert index.search("60")[0].entry.code == "Y"


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ("zongzu", "种猪"),
        ("cun", "春"),
        ("lv", "女"),
        ("niu", "流"),
        ("hu", "福"),
        ("fu", "户"),
        ("yin", "英"),
        ("ying", "音"),
        ("zen", "正"),
        ("zheng", "真"),
        ("tan", "糖"),
        ("tang", "谈"),
        ("zhaopai", "招牌"),
        ("zaopai", "招牌"),
    ],
)
def test_near_misses_are_a_second_chance(typed: str, name: str) -> None:
    assert [hit.entry.name for hit in ItemIndex([entry("1", name)]).search(typed)] == [name]


def test_a_near_miss_never_stands_before_a_true_match() -> None:
    index = ItemIndex([entry("1", "真"), entry("2", "政务服务中心")])
    assert [hit.entry.code for hit in index.search("zheng")] == ["2", "1"]


def test_a_gap_never_reaches_into_the_next_name() -> None:
    index = ItemIndex([entry("1", "甲乙"), entry("2", "丙丁")])
    assert index.search("甲乙丙") == []
    assert index.search("乙丙") == []
    assert index.search("jybd") == []


def test_ranks_stand_in_the_promised_order() -> None:
    index = ItemIndex(
        [
            entry("fuzzy", "老林抵保物"),  # 抵保 typed dibao: inside
            entry("prefix", "低保金发放"),
            entry("inside", "停发低保"),
            entry("exact", "低保"),
            entry("alias", "最低生活保障审核确认", "低保"),
        ]
    )
    assert [hit.entry.code for hit in index.search("低保")] == ["exact", "alias", "prefix", "inside"]
    assert [hit.entry.code for hit in index.search("dibao")] == ["exact", "alias", "prefix", "inside", "fuzzy"]


def test_ties_go_to_the_shorter_name_then_the_code() -> None:
    index = ItemIndex(
        [entry("9", "补贴申领"), entry("1", "补贴申领表"), entry("3", "补贴核定"), entry("2", "补贴核定")]
    )
    assert [hit.entry.code for hit in index.search("补贴")] == ["2", "3", "9", "1"]
    assert len(index.search("补贴", 2)) == 2


@pytest.mark.parametrize("typed", ["", "   ", "　", "()", "!!", "zzzz", "无此事项"])
def test_nothing_finds_nothing(typed: str) -> None:
    assert INDEX.search(typed) == []
    assert ItemIndex([]).search(typed or "x") == []


def test_a_department_is_found_by_its_name_but_not_in_every_government() -> None:
    index = ItemIndex([entry("1", "甲", department="演示镇人民政府"), entry("2", "乙", department="演示区民政局")])
    assert [hit.entry.code for hit in index.search("民政")] == ["2"]
    assert [hit.entry.code for hit in index.search("人民政府")] == ["1"]


def test_keys_hold_every_reading_once_and_stay_small() -> None:
    keys = keys_of("最低生活保障(低保)A1", ("参保",))
    assert set(keys.readings["参"].split()) == {"can", "cen", "shen"}
    assert not {"A", "a", "1", "("} & set(keys.readings)
    assert all(len(readings.split()) <= READINGS_MAX for readings in keys.readings.values())
    sizes = [len(canonical.encode(entry.keys)) for entry in entries_of(SEED)]
    assert max(sizes) < 500


def test_without_keys_hanzi_and_codes_still_work() -> None:
    index = ItemIndex([SearchEntry("C123", 1, "高龄津贴")])
    assert [hit.entry.code for hit in index.search("津贴")] == ["C123"]
    assert [hit.entry.code for hit in index.search("c12")] == ["C123"]
    assert index.search("gljt") == []
    assert SearchKeys().readings == {}


def test_folding_joins_what_minnan_speakers_join() -> None:
    assert fold("zhen") == fold("zeng") == fold("zheng") == fold("zen")
    assert fold("nin") == fold("ling")
    assert fold("fang") == fold("han")
    assert fold("lv") == fold("nu")
    assert fold("gong") != fold("gon")


@given(st.text(max_size=60))
def test_any_text_may_be_typed(typed: str) -> None:
    assert all(hit.rank >= 0 for hit in INDEX.search(typed))


@given(st.sampled_from(SEED), st.data())
def test_every_part_of_a_name_finds_its_item(record: dict[str, str], data: st.DataObject) -> None:
    name = record["item_name"]
    start = data.draw(st.integers(0, len(name) - 1))
    part = name[start : start + data.draw(st.integers(1, min(QUERY_MAX, len(name) - start)))]
    found = [hit.entry.name for hit in INDEX.search(part, 100)]
    assert name in found or not any(character.isalnum() for character in part)


def test_a_catalogue_of_a_city_is_searched_at_once() -> None:
    entries = entries_of(made_items(7, 1400))
    begun = perf_counter()
    index = ItemIndex(entries)
    built = perf_counter() - begun
    times = []
    for typed in ("c", "sq", "dibao", "shenqing", "补领", "shebao bt", "zenming", "dm0007"):
        begun = perf_counter()
        index.search(typed)
        times.append(perf_counter() - begun)
    # Measured 15 ms and 1-4 ms; the bounds only catch a change of kind, on the slowest of machines.
    assert built < 1
    assert max(times) < 0.5
