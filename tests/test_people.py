"""People that a counter knows: found by the end of a number or part of a name, each once, as was last said of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
from loop_city import ELDER_CARD, INSURANCE, PENSION, City, Station, intake

from screens import wiring
from screens.counter import Counter
from station import people
from station.check_digits import mod_11_2
from station.database import Reader
from station.errors import BadInput, NotAuthorised, Refused
from station.people import Found

pytest_plugins = ["loop_fixtures"]

CHEN = "350200195503120025"
OLD_NUMBER = "350200550312002"  # of the same person, before 1999


def number(body: str) -> str:
    """A resident's number of nobody."""
    return body + mod_11_2(body)


HUANG = number("35020019350312002")
WITH_X = next(made for serial in range(100, 200) if (made := number(f"35020019600101{serial}")).endswith("X"))


def take(village: Station, item: str = INSURANCE, **applicant: str) -> str:
    """A case of somebody; who is not named is 陈秀英."""
    return village.take(item, applicant={**intake(item)["applicant"], **applicant}).case


def found(village: Station, text: str, limit: int = 20) -> list[Found]:
    with village.database.reading() as reader:
        return people.found(reader, text, limit)


def names(village: Station, text: str) -> list[str]:
    return [each.name for each in found(village, text)]


@pytest.fixture
def busy(village: Station) -> Station:
    """A village with three people; 陈秀英 has been there twice."""
    take(village)
    take(village, name="黄阿婆", id_no=HUANG, phone="13900001234")
    take(village, ELDER_CARD, phone="13800000999")
    take(village, name="买买提·吐尔逊", id_no=WITH_X, phone="0592-7001234")
    return village


def test_the_end_of_a_number_leads_to_its_person(busy: Station) -> None:
    for text in ("120025", "0025", "3120025", CHEN, f" {CHEN} ", OLD_NUMBER, "13800000999", "0999"):
        assert names(busy, text) == ["陈秀英"], text


def test_an_x_and_a_landline_are_found_as_they_are_typed(busy: Station) -> None:
    for text in (WITH_X[-6:], WITH_X[-6:].lower(), "05927001234", "0592-7001234", "7001234"):
        assert "买买提·吐尔逊" in names(busy, text), text


def test_a_part_of_a_name_leads_to_its_person_with_any_middle_dot(busy: Station) -> None:
    for text in ("秀英", "陈", "陈秀英"):
        assert names(busy, text) == ["陈秀英"], text
    for dot in "\u00b7\u30fb\u2022\uff0e":
        assert names(busy, f"买买提{dot}吐") == ["买买提·吐尔逊"]


def test_what_is_too_short_or_of_nobody_finds_nobody(busy: Station) -> None:
    for text in ("", " ", "5", "25", "025", "120024", "%", "_", "陈%英", "a", "1380000099913800000999"):
        assert found(busy, text) == [], text


def test_each_person_stands_once_with_the_newest_phone_and_the_count_of_cases(busy: Station) -> None:
    [chen] = found(busy, "秀英")
    assert (chen.id_kind, chen.id_no, chen.phone, chen.cases) == ("resident_id", CHEN, "13800000999", 2)
    assert names(busy, "1234") == ["买买提·吐尔逊", "黄阿婆"]  # who came last in front


def test_a_phone_that_a_later_case_left_empty_is_still_known(busy: Station) -> None:
    take(busy, phone="")
    assert [each.phone for each in found(busy, "秀英")] == ["13800000999"]


def test_an_amendment_is_newer_than_a_later_case(busy: Station) -> None:
    first = take(busy, name="苏阿公", id_no=number("35020019400101111"), phone="13800000001")
    take(busy, name="苏阿公", id_no=number("35020019400101111"), phone="13800000002")
    assert found(busy, "苏阿公")[0].phone == "13800000002"
    busy.amend(first, phone="13800000003")
    assert found(busy, "苏阿公")[0].phone == "13800000003"


def test_a_decision_on_an_old_case_says_nothing_new_of_the_person(city: City, village: Station) -> None:
    old = take(village, PENSION, phone="13800000001")
    take(village, phone="13800000002")
    village.sync()
    city.act(old, "accept", by="黄窗口")
    village.sync()
    [chen] = found(village, "120025")
    assert chen.case == old  # what happened last happened to it
    assert chen.phone == "13800000002"


def test_a_void_case_does_not_say_who_a_person_is(busy: Station) -> None:
    mistaken = take(busy, name="王认错", phone="13800000777")
    busy.act(mistaken, "void", reason="录错了人")
    [chen] = found(busy, "120025")
    assert (chen.name, chen.phone, chen.cases) == ("陈秀英", "13800000999", 3)


def test_the_same_number_of_another_kind_is_another_person(busy: Station) -> None:
    for kind, name in (("passport", "SMITH ANNA"), ("hm_permit", "李港生")):
        take(busy, name=name, id_kind=kind, id_no="H12345678")
    assert sorted(names(busy, "45678")) == ["SMITH ANNA", "李港生"]
    assert names(busy, "smith") == ["SMITH ANNA"]


def test_a_person_is_the_applicant_that_a_new_intake_would_take(busy: Station) -> None:
    [chen] = found(busy, "秀英")
    with busy.database.reading() as reader:
        whole = people.person(reader, chen.case)
    assert whole.applicant == {**intake()["applicant"], "phone": "13800000999"}
    assert [each.item for each in whole.cases] == [ELDER_CARD, INSURANCE]
    assert whole.case == whole.cases[0].case


def test_a_case_that_is_not_here_is_nobodys(busy: Station) -> None:
    with busy.database.reading() as reader, pytest.raises(BadInput, match="case_unknown"):
        people.person(reader, "no-such-case")


def test_a_case_without_a_number_names_nobody(busy: Station) -> None:
    case = take(busy)
    busy.raw(f"UPDATE work SET id_no = '' WHERE case_id = '{case}'")
    with busy.database.reading() as reader, pytest.raises(BadInput, match="person_unknown"):
        people.person(reader, case)
    assert [each.cases for each in found(busy, "陈秀英")] == [2]


def test_cases_are_found_by_the_beginning_of_their_number(busy: Station) -> None:
    done = busy.take()
    with busy.database.reading() as reader:
        assert [each.case for each in people.numbered(reader, done.number, 5)] == [done.case]
        assert done.case in [each.case for each in people.numbered(reader, done.number[:8], 5)]
        assert people.numbered(reader, done.number[:3], 5) == []
        assert people.numbered(reader, "陈秀英", 5) == []


class Watched:
    """A reader that keeps how each statement would be run."""

    def __init__(self, reader: Reader) -> None:
        self._reader = reader
        self.plans: list[str] = []

    def execute(self, sql: str, parameters: Sequence[Any] = (), /) -> Any:
        plan = self._reader.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall()
        self.plans += [row[3] for row in plan if "work" in row[3]]
        return self._reader.execute(sql, parameters)


def test_a_search_reads_an_index_and_never_the_table(busy: Station) -> None:
    with busy.database.reading() as reader:
        watched = Watched(reader)
        for text in ("120025", "秀英"):
            people.found(watched, text)
        people.numbered(watched, "26000000", 5)
    for plan in ("SEARCH work USING COVERING INDEX work_id_tail", "SCAN work USING COVERING INDEX queue_name"):
        assert any(each.startswith(plan) for each in watched.plans), watched.plans
    assert any("work_phone_tail" in each for each in watched.plans)
    assert [each for each in watched.plans if "INDEX" not in each] == []


@pytest.fixture
def counter(busy: Station, city: City, monkeypatch: pytest.MonkeyPatch) -> Counter:
    """The counter of that village, with its clerk."""
    monkeypatch.setattr(wiring, "clock", city.clock)
    made = Counter(busy.home)
    made._database, made.clerk = busy.database, busy.clerk()
    return made


def read_lines(counter: Counter) -> list[tuple[str, str, str]]:
    with counter.database.reading() as reader:
        return reader.execute("SELECT clerk, case_id, what FROM read_audit").fetchall()  # type: ignore[no-any-return]


def test_who_opens_a_person_is_written_down_and_who_searches_is_not(counter: Counter) -> None:
    [chen] = counter.look_up("秀英").people
    assert read_lines(counter) == []
    counter.person(chen.case)
    assert read_lines(counter) == [("林小梅", chen.case, "person")]
    counter.leave()
    with pytest.raises(NotAuthorised, match="clerk_needed"):
        counter.person(chen.case)


def test_an_intake_begins_with_what_is_known_and_says_what_was_brought(counter: Counter) -> None:
    person = counter.person(counter.look_up("秀英").people[0].case)
    item, draft = counter.begin(PENSION, person)
    assert (draft.item, draft.item_version, draft.clerk) == (PENSION, item.version, "林小梅")
    assert draft.applicant == person.applicant
    assert draft.brought == ("applicant.name", "applicant.phone", "applicant.address")


def test_a_newcomer_brings_a_number_and_nothing_that_was_known_before(counter: Counter) -> None:
    person = counter.newcomer(HUANG.lower())
    _, draft = counter.begin(PENSION, person)
    assert draft.applicant == {"kind": "person", "id_kind": "resident_id", "id_no": HUANG}
    assert draft.brought == ()
    with pytest.raises(BadInput, match="id_check_digit"):
        counter.newcomer(HUANG[:-1] + "7")


def test_an_item_that_is_not_for_them_does_not_begin(counter: Counter) -> None:
    guided = next(hit.entry.code for hit in counter.items().search("居民身份证申领"))
    with pytest.raises(Refused, match="item_guide_only"):
        counter.begin(guided)
    company = counter.newcomer(HUANG)
    company.applicant["kind"] = "organisation"
    with pytest.raises(BadInput, match="applicant_kind_not_for_item"):
        counter.begin(PENSION, company)
