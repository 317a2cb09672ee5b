"""One case in two places: what both survive, what is a conflict, who settles it, and what was seen."""

from __future__ import annotations

import pytest
from loop_city import (
    City,
    Station,
    assert_alike,
    disputed,
)

from station.errors import BadInput, HubUnreachable, Refused

pytest_plugins = ("loop_fixtures",)


# Two sides


def test_different_fields_of_one_case_changed_on_two_sides_both_survive(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    city.level(village, town)
    village.amend(done.case, phone="13800000001")
    town.amend(done.case, by="黄窗口", address="莲花镇淡溪村8号")
    city.act(done.case, "note", text="请尽快补齐")
    city.level(town, village)
    for each in (village, town):
        applicant = each.case(done.case)["applicant"]
        assert (applicant["phone"], applicant["address"]) == ("13800000001", "莲花镇淡溪村8号")
        assert each.conflicts() == []
        assert each.problems() == []
    assert_alike(city, done.case, village, town)


def test_a_field_that_one_side_took_away_is_gone_on_the_other(city: City, village: Station, town: Station) -> None:
    done = village.take(answers={"handler": "self"})
    city.level(village, town)
    assert town.case(done.case)["answers"] == {"handler": "self"}
    village.act(done.case, "amend", set={"answers.handler": ""})
    city.level(village, town)
    assert town.case(done.case)["answers"] == {}
    assert_alike(city, done.case, village, town)


def test_one_field_changed_on_two_sides_is_a_conflict_that_both_sides_and_the_hub_see(
    city: City, village: Station, town: Station
) -> None:
    case = disputed(city, village, town)
    (here,), (there,), (hub,) = village.case(case)["conflicts"], town.case(case)["conflicts"], city.office.conflicts()
    assert here["id"] == there["id"] == hub["id"]
    assert (here["field"], here["rule"], here["base"]) == ("phone", "FLD-1", "13800000000")
    assert (here["mine"], here["theirs"], here["by"]) == ("13800000022", "13800000011", "黄窗口")
    assert (there["mine"], there["theirs"], there["by"]) == ("13800000011", "13800000022", "林小梅")
    for each in (village.case(case), town.case(case), city.office.case(case)):
        assert each["applicant"]["phone"] == "13800000011", "the value at the hub stands until a person settles"
        assert each["sync"] == "parked"
    assert village.sync()["conflicts"] == 1


@pytest.mark.parametrize(
    ("who", "take", "value", "phone"),
    [
        ("village", "mine", None, "13800000022"),
        ("village", "theirs", None, "13800000011"),
        ("village", "value", "138 0000 0033", "13800000033"),
        ("town", "mine", None, "13800000011"),
        ("town", "theirs", None, "13800000022"),
    ],
)
def test_a_person_on_either_side_settles_a_conflict_and_all_agree(
    city: City, village: Station, town: Station, who: str, take: str, value: str | None, phone: str
) -> None:
    case = disputed(city, village, town)
    side, other, clerk = (village, town, "林小梅") if who == "village" else (town, village, "黄窗口")
    (conflict,) = side.conflicts()
    assert side.settle(conflict, take, value, by=clerk).status == "RECEIVED"
    assert side.case(case)["applicant"]["phone"] == phone
    city.level(side, other)
    for each in (village, town):
        assert each.case(case)["applicant"]["phone"] == phone
        assert each.conflicts() == []
        assert each.case(case)["sync"] == "acknowledged"
    assert city.office.conflicts() == []
    assert_alike(city, case, village, town)
    with pytest.raises(BadInput, match="conflict_settled"):
        other.settle(conflict, "mine", by="黄窗口" if other is town else "林小梅")


def test_the_hub_settles_too_and_what_is_typed_there_is_checked(city: City, village: Station, town: Station) -> None:
    case = disputed(city, village, town)
    (conflict,) = city.office.conflicts()
    actor = city.actor("郑主任")
    with pytest.raises(BadInput, match="phone_form"):
        city.office.settle(conflict["id"], "value", "12", "核实", actor)
    city.office.settle(conflict["id"], "value", "0592-7012345", "核实", actor)
    city.level(village, town)
    assert village.case(case)["applicant"]["phone"] == "0592-7012345"
    assert village.conflicts() == town.conflicts() == []
    with pytest.raises(Refused, match="conflict_not_open"):
        city.office.settle(conflict["id"], "mine", None, "再来", actor)


def test_two_people_who_settle_at_once_find_the_conflict_open_again(
    city: City, village: Station, town: Station
) -> None:
    case = disputed(city, village, town)
    town.amend(case, by="黄窗口", phone="13800000044")  # after it has seen the conflict: a later value
    town.sync()
    (conflict,) = village.conflicts()
    village.settle(conflict, "mine")
    village.sync()
    (again,) = village.conflicts()
    assert again.id == conflict.id
    assert [each.value for each in again.candidates] == ["13800000044", "13800000011", "13800000022", "13800000022"]
    assert village.case(case)["applicant"]["phone"] == "13800000044"
    village.settle(again, "mine")
    city.level(village, town)
    assert town.case(case)["applicant"]["phone"] == "13800000022"
    assert_alike(city, case, village, town)


def test_a_choice_between_values_that_are_no_longer_all_is_not_taken(
    city: City, village: Station, town: Station
) -> None:
    case = disputed(city, village, town)
    (shown,) = village.conflicts()
    town.amend(case, by="黄窗口", phone="13800000044")
    town.sync()
    village.amend(case, phone="13800000055")
    village.sync()  # beside the page that shows the conflict
    with pytest.raises(Refused, match="conflict_changed"):
        village.settle(shown, "mine", seen=shown.seen)
    (now,) = village.conflicts()
    village.settle(now, "mine", seen=now.seen)
    city.level(village, town)
    assert town.case(case)["applicant"]["phone"] == "13800000055"


def test_an_identity_corrected_on_two_sides_waits_for_a_person_whole(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", id_no="350200195503120041")
    town.sync()
    village.amend(done.case, id_kind="passport", id_no="E12345678")
    village.sync()
    assert {each.field: each.rule for each in village.conflicts()} == {
        "applicant.id_kind": "ID-1",
        "applicant.id_no": "ID-1",
    }
    applicant = village.case(done.case)["applicant"]
    assert (applicant["id_kind"], applicant["id_no"]) == ("resident_id", "350200195503120041")


def test_a_withdrawal_that_meets_an_acceptance_is_a_request_and_stays_in_sight(city: City, village: Station) -> None:
    done = village.take()
    village.sync()
    city.act(done.case, "accept")
    assert village.act(done.case, "withdraw", reason="不办了").status == "WITHDRAWN"
    village.sync()
    shown = village.case(done.case)
    assert shown["status"] == "ACCEPTED"
    assert [(each["act"], each["reason"]) for each in shown["requests"]] == [("withdraw", "不办了")]
    assert [line["rule"] for line in shown["history"] if line["act"] == "withdraw"] == ["WD-1"]
    assert_alike(city, done.case, village)


def test_an_act_that_came_too_late_is_refused_by_name_and_shown(city: City, village: Station) -> None:
    done = village.take()
    village.sync()
    city.act(done.case, "not_accept", reason="不属于本机关职权")
    village.act(done.case, "supplement", materials=[{"name": "m_form", "got": "paper"}])
    village.sync()
    (problem,) = village.problems()
    assert (problem["act"], problem["rule"], problem["error"]["code"]) == ("supplement", "TR-1", "illegal_act")
    assert village.cases()[done.case] == "NOT_ACCEPTED"
    assert [line["rule"] for line in village.case(done.case)["history"]] == [None, None, "TR-1"]
    assert_alike(city, done.case, village)


def test_an_edit_of_a_voided_case_does_not_bring_it_back(city: City, village: Station) -> None:
    done = village.take()
    village.sync()
    city.act(done.case, "void", reason="重复录入")
    village.amend(done.case, phone="13800000001")
    village.sync()
    assert [each["rule"] for each in village.problems()] == ["DEL-1"]
    assert village.cases()[done.case] == "VOID"
    city.act(done.case, "restore", reason="误作废")
    village.sync()
    assert village.cases()[done.case] == "RECEIVED"
    assert_alike(city, done.case, village)


# What was seen


def test_the_base_of_an_act_is_the_cases_own_sequence_when_the_hub_last_spoke_of_it(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    assert base_of_last(village) == (0, 0)
    village.amend(done.case, phone="13800000001")
    assert base_of_last(village) == (1, 0)
    city.level(village, town)
    village.amend(done.case, phone="13800000002")
    assert base_of_last(village) == (1, 0), "our own acts are no news to us"
    village.sync()
    town.sync()
    town.amend(done.case, by="黄窗口", address="莲花镇")
    town.sync()
    elsewhere = town.take(by="黄窗口")
    city.level(town, village)
    seq = city.operations("seq, act, device")[-2][0]
    village.amend(done.case, phone="13800000003")
    assert base_of_last(village) == (1, seq)
    town.act(elsewhere.case, "note", by="黄窗口", text="别的案子")
    city.level(town, village)
    village.amend(done.case, phone="13800000004")
    assert base_of_last(village) == (1, seq), "another case's news is no news of this one"
    assert {row[3] for row in city.operations()} == {"applied"}


def base_of_last(station: Station) -> tuple[int, int]:
    with station.database.reading() as reader:
        row = reader.execute("SELECT base_epoch, base_seq FROM journal ORDER BY dseq DESC LIMIT 1").fetchone()
    return tuple(row)


def test_what_was_seen_at_a_hub_that_was_lost_is_no_base_for_the_one_that_came_back(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", phone="13800000011")
    city.level(town, village)
    with city.database.writing() as session:
        from sync.hub import settings as hub_settings  # noqa: PLC0415

        hub_settings.put(session, "epoch", 2)
    village.road.cut_at = 420  # behind the head: the epoch is known, the cases are not here yet
    with pytest.raises(HubUnreachable):
        village.sync()
    assert village.identity.hub_epoch == 2
    village.amend(done.case, phone="13800000022")
    assert base_of_last(village) == (2, 0)
    village.sync()
    assert len(village.conflicts()) == 1, "nobody knows what he had seen, so a person looks"
