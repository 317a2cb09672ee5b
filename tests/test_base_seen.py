"""An act carries the base of what was shown: what came after that is never replaced without a word."""

from __future__ import annotations

from loop_city import City, Station, assert_alike

from station import replica
from station.operation import Base

pytest_plugins = ("loop_fixtures",)

OURS, THEIRS, AT_FIRST = "13800000022", "13800000011", "13800000000"


def shown(station: Station, case: str) -> Base:
    """What a page of this case carries from now on."""
    with station.database.reading() as reader:
        return Base(station.identity.hub_epoch, replica.work(reader, case).seq)


def amended(station: Station, case: str, base: Base | None, by: str = "林小梅", **wanted: str) -> None:
    station.desk.act({"case": case, "act": "amend", "set": wanted}, station.clerk(by), base=base)


def base_of_last(station: Station) -> tuple[int, int]:
    with station.database.reading() as reader:
        row = reader.execute("SELECT base_epoch, base_seq FROM journal ORDER BY dseq DESC LIMIT 1").fetchone()
    return tuple(row)


def changed_under_the_page(city: City, village: Station, town: Station) -> tuple[str, Base]:
    """The village looks at a case; the town changes its phone, and a sync brings that while the page stays open."""
    case = village.take().case
    city.level(village, town)
    seen = shown(village, case)
    town.amend(case, by="黄窗口", phone=THEIRS)
    city.level(town, village)
    assert village.case(case)["applicant"]["phone"] == THEIRS
    return case, seen


def test_an_amendment_from_an_old_page_meets_what_came_since_as_a_conflict(
    city: City, village: Station, town: Station
) -> None:
    case, seen = changed_under_the_page(city, village, town)
    amended(village, case, seen, phone=OURS)
    assert base_of_last(village) == (seen.hub_epoch, seen.seq)
    village.sync()
    (conflict,) = village.conflicts()
    assert (conflict.rule, conflict.base, [each.value for each in conflict.candidates]) == (
        "FLD-1",
        AT_FIRST,
        [THEIRS, OURS],
    )
    assert city.office.case(case)["applicant"]["phone"] == THEIRS
    village.settle(conflict, "mine")
    city.level(village, town)
    assert_alike(city, case, village, town)


def test_an_amendment_by_who_saw_the_new_value_replaces_it(city: City, village: Station, town: Station) -> None:
    case, _ = changed_under_the_page(city, village, town)
    amended(village, case, shown(village, case), phone=OURS)
    city.level(village, town)
    assert village.conflicts() == []
    assert town.case(case)["applicant"]["phone"] == OURS


def test_a_line_without_a_base_speaks_of_the_case_as_it_stands(city: City, village: Station, town: Station) -> None:
    case, seen = changed_under_the_page(city, village, town)
    amended(village, case, None, phone=OURS)
    assert base_of_last(village) > (seen.hub_epoch, seen.seq)
    village.sync()
    assert village.conflicts() == []


def test_another_field_of_an_old_page_is_no_conflict(city: City, village: Station, town: Station) -> None:
    case, seen = changed_under_the_page(city, village, town)
    amended(village, case, seen, address="莲花镇淡溪村8号")
    city.level(village, town)
    applicant = town.case(case)["applicant"]
    assert (applicant["phone"], applicant["address"]) == (THEIRS, "莲花镇淡溪村8号")
    assert village.conflicts() == []
    assert_alike(city, case, village, town)


def test_until_the_hub_has_judged_the_own_act_stands_on_top_of_the_news(
    city: City, village: Station, town: Station
) -> None:
    case, seen = changed_under_the_page(city, village, town)
    amended(village, case, seen, phone=OURS)
    here = village.case(case)
    assert (here["applicant"]["phone"], here["sync"]) == (OURS, "pending")
    assert village.verify()["faults"] == []


def test_an_act_from_a_page_before_the_case_moved_on_bears_its_rule(
    city: City, village: Station, town: Station
) -> None:
    case = village.take().case
    city.level(village, town)
    seen = shown(village, case)
    city.act(case, "accept")
    village.sync()
    village.desk.act({"case": case, "act": "note", "text": "电话联系"}, village.clerk(), base=seen)
    village.sync()
    assert [line["rule"] for line in village.case(case)["history"]][-1] == "TR-2"


def test_nobody_has_seen_more_than_is_here(city: City, village: Station) -> None:
    case = village.take().case
    village.sync()
    city.act(case, "note", text="平台备注")
    village.sync()
    here = shown(village, case)
    amended(village, case, Base(here.hub_epoch, here.seq + 1_000), phone=OURS)
    assert base_of_last(village) == (here.hub_epoch, here.seq)


def test_what_a_hub_showed_before_it_was_restored_is_said_as_it_was(
    city: City, village: Station, town: Station
) -> None:
    case, seen = changed_under_the_page(city, village, town)
    with city.database.writing() as session:
        from sync.hub import settings  # noqa: PLC0415

        settings.put(session, "epoch", seen.hub_epoch + 1)
    village.sync()
    amended(village, case, seen, phone=OURS)
    assert base_of_last(village) == (seen.hub_epoch, seen.seq)
    village.sync()
    assert len(village.conflicts()) == 1, "another epoch's base says nothing, so a person looks"
