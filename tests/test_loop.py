"""The whole way of a case: counter, journal, road, hub and back, with a road that loses, cuts and repeats."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from loop_city import (
    CATALOGUE,
    ELDER_CARD,
    INSURANCE,
    OTHER_VILLAGE,
    PENSION,
    PIN,
    TOWN,
    UNEMPLOYED,
    VILLAGE,
    City,
    Station,
    common,
    intake,
)

from station import acts, journal, replica, settings
from station.errors import BadInput, HubRefused, HubUnreachable, NotAuthorised, NotOurHub, Refused
from station.numbers import check_number, is_spare
from sync.exchange import Exchange, Report
from sync.hub import publication, pull, registry
from sync.transport import Traffic


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with a village and a town that have synced once; made once, then copied."""
    folder = tmp_path_factory.mktemp("template")
    city = City(folder)
    city.village()
    city.town()
    city.close()
    return folder


@pytest.fixture
def city(template: Path, tmp_path: Path) -> Iterator[City]:
    made = City.copied(template, tmp_path)
    yield made
    made.close()


@pytest.fixture
def village(city: City) -> Station:
    return city.stations["village"]


@pytest.fixture
def town(city: City) -> Station:
    return city.stations["town"]


def assert_alike(city: City, case: str, *stations: Station) -> None:
    """Hub and stations show the same case."""
    there = common(city.office.case(case))
    for each in stations:
        assert common(each.case(case)) == there
        assert each.verify()["faults"] == []


# Enrolment


def test_the_right_code_makes_a_station_known_and_the_first_sync_brings_clerks_numbers_and_the_catalogue(
    city: City,
) -> None:
    home = city.new_home("new", VILLAGE)
    with pytest.raises(Refused, match="not_enrolled"):
        home.sync()
    welcome = home.enrol(city.invite(VILLAGE))
    assert home.identity.device == welcome.device == f"{VILLAGE}-2"
    home.sync()
    assert home.clerk("林小梅").role == "village_clerk"
    assert home.numbers_left() == registry.LEASE_NUMBERS
    assert home.take().status == "RECEIVED"
    with pytest.raises(Refused, match="enrolled_already"):
        home.enrol(city.invite(VILLAGE))


def test_a_wrong_code_opens_nothing_and_a_good_one_still_does(city: City) -> None:
    home = city.new_home("new", VILLAGE)
    code = city.invite(VILLAGE)
    with pytest.raises(HubRefused, match="code_unknown"):
        home.enrol("0000-0000-0000-0000")
    with pytest.raises(BadInput, match="code_form"):
        home.enrol("0000")
    assert not home.identity.enrolled
    assert home.enrol(code).division == VILLAGE


def test_a_used_code_serves_no_second_device_but_repairs_a_lost_answer_of_the_first(city: City) -> None:
    first, second = city.new_home("first", VILLAGE), city.new_home("second", VILLAGE)
    code = city.invite(VILLAGE)
    first.road.lose_answer = True
    with pytest.raises(HubUnreachable):
        first.enrol(code)
    assert not first.identity.enrolled
    with pytest.raises(HubRefused, match="code_used"):
        second.enrol(code)
    assert first.enrol(code).device == f"{VILLAGE}-2"
    assert first.sync()["level"]


def test_a_code_that_lay_in_a_drawer_for_two_days_is_refused(city: City) -> None:
    code = city.invite(VILLAGE)
    city.clock.pass_days(2)
    with pytest.raises(HubRefused, match="code_expired"):
        city.new_home("late", VILLAGE).enrol(code)


def test_a_code_of_another_place_enrols_nothing_here(city: City) -> None:
    home = city.new_home("here", VILLAGE)
    with pytest.raises(Refused, match="other_division"):
        home.enrol(city.invite(OTHER_VILLAGE))
    assert not home.identity.enrolled


def test_a_revoked_station_is_refused_and_its_old_code_does_not_bring_it_back(city: City) -> None:
    village = city.new_home("stolen", VILLAGE)
    code = city.invite(VILLAGE)
    village.enrol(code)
    village.sync()
    with city.database.writing() as session:
        registry.revoke(session, village.identity.device)
    case = village.take()
    with pytest.raises(HubRefused, match="device_revoked"):
        village.sync()
    with village.database.writing() as session:  # somebody with the disk makes it forget
        settings.put_identity(session, settings.StationIdentity(division=VILLAGE, signing_key=key_of(village)))
    with pytest.raises(HubRefused, match="device_revoked"):
        village.enrol(code)
    assert village.cases() == {case.case: "RECEIVED"}
    assert city.operations() == []


def key_of(home: Station) -> str:
    return home.identity.signing_key


# The main way


@pytest.mark.parametrize("item", [PENSION, INSURANCE, UNEMPLOYED, ELDER_CARD])
def test_a_case_taken_off_line_stands_at_the_hub_as_at_the_station(city: City, village: Station, item: str) -> None:
    done = village.take(item, note="老人行动不便", agent={"name": "陈志强", "phone": "13800000002"})
    village.act(done.case, "note", text="电话已核对")
    village.attach(done.case, b"scan of a card")
    assert village.case(done.case)["sync"] == "pending"
    report = village.sync()
    assert (report["pushed"], report["pending"], report["problems"], report["level"]) == (3, 0, 0, True)
    assert_alike(city, done.case, village)
    assert village.case(done.case)["sync"] == city.office.case(done.number)["sync"] == "acknowledged"
    assert village.case(done.case)["number"] == done.number


def test_what_the_hub_does_comes_down_and_shows_at_every_station_in_whose_scope_it_is(
    city: City, village: Station, town: Station
) -> None:
    done = village.take(ELDER_CARD)
    village.sync()
    for act, more, status in (
        ("accept", {}, "ACCEPTED"),
        ("forward", {}, "REVIEW_TOWN"),
        ("suspend", {}, None),
        ("start_special", {"name": "实地核查"}, "SPECIAL"),
        ("end_special", {}, "REVIEW_TOWN"),
        ("extend", {"reason": "材料待核"}, "REVIEW_TOWN"),
        ("decide", {"outcome": "grant"}, "DECIDED_GRANT"),
        ("close", {}, "CLOSED"),
    ):
        if status is None:
            with pytest.raises(Refused, match="not_suspendable"):
                city.act(done.case, act, **more)
            continue
        assert city.act(done.case, act, **more)["status"] == status
        village.sync()
        assert village.cases()[done.case] == status
        assert_alike(city, done.case, village)
    town.sync()
    village.act(done.case, "deliver", recipient="陈秀英", method="窗口领取")
    city.level(village, town)
    assert town.cases()[done.case] == "DELIVERED"
    assert_alike(city, done.case, village, town)
    assert [line["act"] for line in village.case(done.case)["history"]][:2] == ["take", "accept"]


def test_an_acceptance_without_the_right_to_bind_is_a_flag_until_the_hub_confirms_it(
    city: City, village: Station
) -> None:
    cases = [village.take(INSURANCE) for _ in range(3)]
    for each in cases:
        assert village.act(each.case, "accept").status == "RECEIVED"
        assert village.case(each.case)["pre_accepted_on"] == "2026-09-21"
        assert village.case(each.case)["due"]["promised"] is None
    village.sync()
    for each in cases:
        assert village.cases()[each.case] == "ACCEPTED"
        assert village.case(each.case)["due"]["promised"] == "2026-09-22"
        assert_alike(city, each.case, village)
    links = city.operations("device, dseq, prev, hash")
    own = [row for row in links if row[0] == "hub"]
    assert [row[1] for row in own] == [1, 2, 3]
    assert [row[2] for row in own] == [journal.CHAIN_START, own[0][3], own[1][3]]


def test_an_on_the_spot_item_is_decided_and_closed_without_the_hub(city: City, village: Station) -> None:
    done = village.take(PENSION)
    for act, more in (("accept", {}), ("decide", {"outcome": "grant"}), ("close", {})):
        status = village.act(done.case, act, **more).status
    assert status == "CLOSED"
    assert village.sync()["pushed"] == 4
    assert_alike(city, done.case, village)
    assert {row[3] for row in city.operations()} == {"applied"}


def test_who_took_a_case_does_not_decide_it_at_the_hub(city: City, town: Station) -> None:
    with city.database.writing() as session:
        registry.add_clerk(session, "赵两职", "town_clerk", TOWN, [], PIN)
    town.sync()
    done = town.take(PENSION, by="赵两职")
    town.sync()
    city.act(done.case, "accept")
    from sqlalchemy import update  # noqa: PLC0415

    with city.database.writing() as session:
        session.execute(update(registry.HubClerkRow).values(role="town_reviewer"))
    with pytest.raises(Refused, match="four_eyes"):
        city.act(done.case, "decide", by="赵两职", outcome="grant")
    assert city.act(done.case, "decide", by="苏初审", outcome="grant")["status"] == "DECIDED_GRANT"


def test_the_counter_at_the_hub_does_not_decide_what_is_not_decided_at_counters(city: City, town: Station) -> None:
    done = town.take(INSURANCE, by="黄窗口")
    town.sync()
    city.act(done.case, "accept")
    with pytest.raises(Refused, match="item_not_on_spot"):
        city.act(done.case, "decide", by="黄窗口", outcome="grant")


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


def disputed(city: City, village: Station, town: Station) -> str:
    """A case whose phone town and village changed; the town was first at the hub."""
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", phone="13800000011")
    village.amend(done.case, phone="13800000022")
    city.level(town, village)
    return done.case


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


# A bad road


def test_a_lost_answer_and_a_second_try_change_nothing_twice(city: City, village: Station, town: Station) -> None:
    done = village.take()
    village.amend(done.case, phone="13800000001")
    village.road.lose_answer = True
    with pytest.raises(HubUnreachable):
        village.sync()
    assert village.pending() == 2
    assert len(city.operations()) == 2
    town.sync()
    town.amend(done.case, by="黄窗口", phone="13800000002")  # seen, so no conflict
    town.sync()
    report = village.sync()
    assert (report["pushed"], report["pending"], report["conflicts"], report["problems"]) == (2, 0, 0, 0)
    assert len(city.operations()) == 3
    assert village.case(done.case)["applicant"]["phone"] == "13800000002"
    assert_alike(city, done.case, village)


def test_an_answer_cut_at_any_byte_ends_like_an_undisturbed_one_after_the_next_try(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", phone="13800000011", address="莲花镇")
    town.sync()
    village.amend(done.case, phone="13800000022")
    village.act(done.case, "note", text="已通知")
    village.road.lose_answer = True
    with pytest.raises(HubUnreachable):
        village.sync()
    message, answer, before = village.road.sent[-1], village.road.answers[-1], disk(village)
    village.sync()
    undisturbed = end_state(village)
    put_back(village, before)
    stages = [end_state(village)]
    for cut in range(len(answer) + 1):
        meeting = Exchange(village.database, CutRoad(answer[:cut]), city.clock)
        with pytest.raises(HubUnreachable):
            meeting._talk(message, village.identity, Report())
        stage = end_state(village)
        shown = village.case(done.case)["applicant"]["phone"]
        assert shown == "13800000022" or village.conflicts(), "in between: mine, or the conflict in its place"
        if stage in stages:
            continue  # nothing of the answer was kept: the next try starts from where this one did
        stages.append(stage)
        village.sync()
        assert end_state(village) == undisturbed, cut
        put_back(village, before)
    assert stages[1:] == [undisturbed], "one block is one transaction: all of it or nothing"
    assert village.verify()["faults"] == []


class CutRoad:
    """A road that brings the first bytes of an answer and breaks."""

    def __init__(self, piece: bytes) -> None:
        self.traffic = Traffic()
        self._piece = piece

    def exchange(self, body: bytes) -> Iterator[bytes]:
        yield self._piece
        raise HubUnreachable("hub_unreachable", reason="cut")

    def enrol(self, body: bytes) -> bytes:
        raise NotImplementedError

    def pack(self, name: str, offset: int = 0) -> Iterator[bytes]:
        raise NotImplementedError


def end_state(station: Station) -> Any:
    return station.bodies(), station.conflicts(), station.pending(), station.problems()


def disk(station: Station) -> bytes:
    station.raw("PRAGMA wal_checkpoint(TRUNCATE)")
    return station.database.path.read_bytes()


def put_back(station: Station, content: bytes) -> None:
    """The disk as it was, but for the counter of exchanges: an older one would be refused."""
    with station.database.reading() as reader:
        counter = settings.get(reader, "exchange_counter")
    station.database.close()
    for path in station.home.glob("station.db-*"):
        path.unlink()
    station.database.path.write_bytes(content)
    with station.database.writing() as session:
        settings.put(session, "exchange_counter", counter)


def test_a_repeated_request_is_refused_without_data_and_harms_nobody(city: City, village: Station) -> None:
    done = village.take()
    village.road.repeat = True
    with pytest.raises(HubRefused, match="counter_used") as refused:
        village.sync()
    assert set(refused.value.fields) == {"counter"}
    assert len(city.operations()) == 1
    assert village.sync()["level"]
    assert_alike(city, done.case, village)
    with pytest.raises(Refused, match="counter_used"):
        city.hub.sync(village.road.sent[-2])


def test_an_old_answer_is_not_taken_for_a_new_one(village: Station) -> None:
    village.take()
    village.sync()
    done = village.take()
    village.road.old_answer = village.road.answers[-1]
    with pytest.raises(NotOurHub, match="not_our_hub"):
        village.sync()
    assert village.pending() == 1
    assert village.sync()["pushed"] == 1
    assert village.cases()[done.case] == "RECEIVED"


@pytest.mark.parametrize("place", [0, 5, 60, -1])
def test_a_changed_byte_of_a_request_or_an_answer_moves_nothing(city: City, village: Station, place: int) -> None:
    village.take()
    village.sync()
    sent = bytearray(village.road.sent[-1])
    sent[place] ^= 1
    with pytest.raises((BadInput, NotAuthorised, Refused)):
        city.hub.sync(bytes(sent))
    village.take()
    bad = bytearray(village.road.answers[-1])
    bad[place] ^= 1
    village.road.old_answer = bytes(bad)
    with pytest.raises(NotOurHub):
        village.sync()
    assert village.pending() == 1


def test_without_a_road_the_work_is_kept_and_the_reason_remembered(village: Station) -> None:
    village.take()
    village.road.closed = True
    with pytest.raises(HubUnreachable):
        village.sync()
    with village.database.reading() as reader:
        assert settings.get(reader, "last_sync_error")["code"] == "hub_unreachable"
    village.road.closed = False
    assert village.sync()["level"]
    with village.database.reading() as reader:
        assert settings.get(reader, "last_sync_error") is None


def test_what_a_clerk_types_while_the_answer_travels_is_kept_and_goes_with_the_same_sync(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", address="莲花镇政府旁")
    town.sync()
    village.road.while_travelling = lambda: village.amend(done.case, phone="13800000001")
    report = village.sync()
    assert (report["pending"], report["level"]) == (0, True)
    applicant = city.office.case(done.case)["applicant"]
    assert (applicant["phone"], applicant["address"]) == ("13800000001", "莲花镇政府旁")
    assert_alike(city, done.case, village)


def test_pending_acts_survive_a_pull_byte_equal_to_the_fold_over_the_new_mirror(
    city: City, village: Station, town: Station
) -> None:
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", address="莲花镇政府旁")
    town.act(done.case, "note", by="黄窗口", text="镇里看过")
    town.sync()

    def at_the_counter() -> None:
        village.amend(done.case, phone="13800000001")
        village.act(done.case, "note", text="村里也看过")

    village.road.while_travelling = at_the_counter
    village.road.cut_at = None
    before_second = village.road.exchange
    answers = itertools.count()

    def first_only(body: bytes) -> Iterator[bytes]:
        if next(answers):
            raise HubUnreachable("hub_unreachable", reason="closed")
        return before_second(body)

    village.road.exchange = first_only  # type: ignore[method-assign]
    with pytest.raises(HubUnreachable):
        village.sync()
    assert village.pending() == 2
    with village.database.reading() as reader:
        mirror = replica.mirror(reader, done.case)
        pending = journal.pending_of(reader, done.case)
        assert mirror is not None
        folded = replica.fold(mirror.case, pending, lambda case, entry: replica.item_for(reader, case, entry))
        assert folded is not None
        assert replica.encoded(folded) == village.bodies()[done.case]
    shown = village.case(done.case)
    assert (shown["applicant"]["phone"], shown["applicant"]["address"]) == ("13800000001", "莲花镇政府旁")
    assert [each["text"] for each in shown["remarks"]] == ["镇里看过", "村里也看过"]
    assert village.verify()["faults"] == []


# Poison, forks, refusals


def test_a_cloned_disk_is_refused_as_a_fork_and_overwrites_nothing(city: City, village: Station) -> None:
    village.take()
    village.sync()
    clone = village.cloned("clone")
    mine, theirs = village.take(), clone.take()
    village.sync()
    before = city.operations("op_id, hash, verdict, seq")
    with pytest.raises(HubRefused, match="counter_used"):
        clone.sync()
    for _ in range(2):
        with pytest.raises(HubRefused, match="journal_fork") as refused:
            clone.sync()
        assert refused.value.fields == {"dseq": 2}
    assert city.operations("op_id, hash, verdict, seq") == before
    assert clone.pending() == 1
    assert clone.cases()[theirs.case] == "RECEIVED"
    assert city.office.case(mine.case)["number"] == mine.number == theirs.number, "the number is the first one's"
    for _ in range(2):  # the clone used up its counters
        with pytest.raises(HubRefused, match="counter_used"):
            village.sync()
    assert village.sync()["level"]


def test_a_journal_that_does_not_go_on_from_what_the_hub_holds_is_a_fork_too(city: City, village: Station) -> None:
    village.take()
    village.sync()
    with city.database.writing() as session:
        session.execute(registry.update(registry.StationRow).values(link="0" * 64))
    done = village.take()
    with pytest.raises(HubRefused, match="journal_fork"):
        village.sync()
    assert len(city.operations()) == 1
    assert village.cases()[done.case] == "RECEIVED"


def test_an_act_refused_at_the_hub_is_a_problem_and_the_case_stays_visible(city: City, village: Station) -> None:
    done = village.take()
    with city.database.writing() as session:
        session.execute(registry.update(registry.HubClerkRow).values(active=False))
    village.amend(done.case, phone="13800000001")
    report = village.sync()
    assert (report["pushed"], report["pending"], report["problems"]) == (2, 0, 2)
    assert village.cases() == {done.case: "RECEIVED"}
    assert village.case(done.case)["sync"] == "parked"
    assert village.case(done.case)["applicant"]["phone"] == "13800000001"
    take = village.problems()[-1]
    assert (take["act"], take["rule"], take["error"]["code"]) == ("take", "AUTH-1", "clerk_inactive")
    assert village.verify()["faults"] == []
    assert village.sync()["pushed"] == 0, "verdicts are stable"


def test_a_clerk_of_another_place_is_not_believed(city: City, village: Station) -> None:
    with village.database.writing() as session:
        session.connection().exec_driver_sql(
            "INSERT INTO clerk (name, role, division, pin_hash, active, body) VALUES (?, ?, ?, '', 1, '{}')",
            ("陈大山", "village_clerk", VILLAGE),
        )
    village.take(by="陈大山")
    village.sync()
    (problem,) = village.problems()
    assert (problem["rule"], problem["error"]["code"]) == ("AUTH-1", "not_own_division")


def test_what_was_done_in_a_role_that_is_no_longer_held_waits_for_a_supervisor(city: City, village: Station) -> None:
    village.take()
    with city.database.writing() as session:
        session.execute(registry.update(registry.HubClerkRow).values(role="town_clerk"))
    village.sync()
    (problem,) = village.problems()
    assert (problem["rule"], problem["error"]["code"]) == ("AUTH-1", "role_changed")


def test_a_laptop_speaks_of_its_own_place_only_even_in_the_name_of_somebody_with_more_rights(
    city: City, village: Station
) -> None:
    other = city.station("other", OTHER_VILLAGE)
    theirs = other.take(by="陈大山")
    other.sync()
    mine = village.take(by="黄窗口")
    with village.database.writing() as session:
        args = {"text": "我也说一句"}
        deed = journal.Deed(act="note", case=theirs.case, clerk="黄窗口", role="town_clerk", args=args)
        journal.append(session, deed, village.identity.device, 1, city.clock, village.chance)
    village.sync()
    assert [row[3] for row in city.operations()][-2:] == ["applied", "rejected"]
    assert city.office.case(theirs.case)["remarks"] == []
    assert village.cases() == {mine.case: "RECEIVED"}


def test_a_poisoned_act_waits_with_the_later_acts_of_its_case_only(
    city: City, village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    sick, well = village.take(), village.take()
    village.sync()
    village.act(sick.case, "note", text="毒")
    village.amend(sick.case, phone="13800000001")
    village.act(well.case, "note", text="健康")
    village.amend(well.case, phone="13800000001")
    whole = acts.ACTS["note"]

    def breaks(doing: acts.Doing) -> acts.Writes:
        if doing.args["text"] == "毒":
            raise ZeroDivisionError
        return whole(doing)

    monkeypatch.setitem(acts.ACTS, "note", breaks)
    report = village.sync()
    monkeypatch.undo()
    assert (report["pushed"], report["pending"], report["problems"]) == (4, 0, 2)
    assert [row[3] for row in city.operations()][2:] == ["quarantined", "deferred", "applied", "applied"]
    assert [(each["outcome"], each["rule"]) for each in village.problems()] == [
        ("deferred", "BAD-1"),
        ("quarantined", "BAD-1"),
    ]
    assert village.case(sick.case)["sync"] == "parked"
    assert village.case(well.case)["applicant"]["phone"] == "13800000001"
    village.act(sick.case, "note", text="后来")
    village.sync()
    assert village.problems()[0]["outcome"] == "deferred"
    assert village.verify()["faults"] == []
    assert city.office.status()["quarantined"] == 1


def test_an_intake_that_makes_no_sense_does_not_stop_the_others(city: City, village: Station) -> None:
    with village.database.writing() as session:
        deed = journal.Deed(
            act="take", clerk="林小梅", role="village_clerk", args={"item": INSURANCE, "item_version": "?"}
        )
        journal.append(session, deed, village.identity.device, 1, city.clock, village.chance)
    well = village.take()
    with village.database.reading() as reader:
        assert len(journal.pending(reader)) == 2
    assert village.sync()["pending"] == 0
    assert [each["outcome"] for each in village.problems()] == ["quarantined"]
    assert [row[3] for row in city.operations()] == ["quarantined", "applied"]
    assert city.office.case(well.case)["number"] == well.number


# Scope


def test_villages_never_see_each_other_and_the_town_sees_both(city: City, village: Station, town: Station) -> None:
    other = city.station("other", OTHER_VILLAGE)
    mine, theirs = village.take(), other.take(by="陈大山")
    city.level(village, other, town)
    assert set(village.cases()) == {mine.case}
    assert set(other.cases()) == {theirs.case}
    assert set(town.cases()) == {mine.case, theirs.case}
    with pytest.raises(AssertionError):
        other.clerk("林小梅")
    with pytest.raises(BadInput, match="case_unknown"):
        village.act(theirs.case, "note", text="看看")
    assert all(theirs.case.encode() not in answer for answer in village.road.answers)


def test_an_act_on_a_case_of_another_village_is_refused_at_the_hub(city: City, village: Station) -> None:
    other = city.station("other", OTHER_VILLAGE)
    theirs = other.take(by="陈大山")
    other.sync()
    with village.database.writing() as session:
        args = {"text": "我也说一句"}
        deed = journal.Deed(act="note", case=theirs.case, clerk="林小梅", role="village_clerk", args=args)
        journal.append(session, deed, village.identity.device, 1, city.clock, village.chance)
    assert village.sync()["pending"] == 0
    assert [each["error"]["code"] for each in village.problems()] == ["not_own_division"]
    assert city.office.case(theirs.case)["remarks"] == []


# Numbers


def test_numbers_are_unique_and_go_on_with_the_devices_own_when_the_lease_is_spent(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "LEASE_NUMBERS", 3)
    monkeypatch.setattr(registry, "LEASE_LOW", 2)
    village, town = city.station("few", VILLAGE), city.station("fewer", TOWN)
    done = [village.take() for _ in range(5)] + [town.take(by="黄窗口") for _ in range(4)]
    assert [is_spare(each.number) for each in done] == [False] * 3 + [True] * 2 + [False] * 3 + [True]
    assert len({each.number for each in done}) == 9
    assert all(check_number(each.number) == each.number for each in done)
    city.level(village, town)
    assert village.numbers_left() == 3
    assert not is_spare(village.take().number)
    assert {row["number"] for row in city.office.cases()} == {each.number for each in done}


def test_a_lease_is_topped_up_before_it_ends_and_a_lost_answer_costs_none(
    city: City, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "LEASE_NUMBERS", 4)
    monkeypatch.setattr(registry, "LEASE_LOW", 2)
    village = city.station("few", VILLAGE)
    for _ in range(3):
        village.take()
    for _ in range(3):
        village.road.lose_answer = True
        with pytest.raises(HubUnreachable):
            village.sync()
    village.sync()
    assert village.numbers_left() == 1 + 4
    village.sync()
    assert village.numbers_left() == 5, "nothing more is given while there is enough"


def test_a_number_that_another_case_has_is_refused(city: City, village: Station, town: Station) -> None:
    done = village.take()
    village.sync()
    with village.database.writing() as session:
        body = intake()
        args = {
            **{key: body[key] for key in ("item", "applicant")},
            "item_version": 1,
            "answers": {},
            "materials": {},
            "agent": {},
            "note": "",
            "received_on": "2026-09-21",
            "channel": "counter",
            "division": VILLAGE,
            "number": done.number,
        }
        deed = journal.Deed(act="take", clerk="林小梅", role="village_clerk", args=args)
        journal.append(session, deed, village.identity.device, 1, city.clock, village.chance)
    before = city.office.case(done.number)
    with pytest.raises(Exception, match=r"UNIQUE|work"):
        village.sync()
    assert city.operations()[-1][3] == "rejected"
    assert city.office.case(done.number) == before


# Catalogue


def test_a_case_stays_under_the_version_it_was_taken_under(city: City, village: Station, town: Station) -> None:
    old = village.take()
    village.sync()
    record = next(each for each in CATALOGUE["items"] if each["demo_impl_code"] == INSURANCE)
    newer = {**record, "version": 2, "item_name": "城乡居民医保登记（新版）"}
    with city.database.writing() as session:
        publication.publish(session, {"items": [newer]}, city.clock.now_ms())
    village.sync()
    new = village.take()
    city.level(village, town)
    for where in (village.case, town.case, city.office.case):
        assert (where(old.case)["item_version"], where(old.case)["item_name"]) == (1, record["item_name"])
        assert (where(new.case)["item_version"], where(new.case)["item_name"]) == (2, newer["item_name"])
    assert_alike(city, old.case, village, town)


def test_cases_of_an_item_that_a_station_does_not_know_yet_come_after_their_catalogue(
    city: City, village: Station, town: Station
) -> None:
    record = next(each for each in CATALOGUE["items"] if each["demo_impl_code"] == INSURANCE)
    with city.database.writing() as session:
        publication.publish(session, {"items": [{**record, "version": 2}]}, city.clock.now_ms())
    village.sync()
    done = village.take()
    village.sync()
    town.road.cut_at = 5_000  # behind the whole first answer: the pack is what gets lost
    with pytest.raises(HubUnreachable):
        town.sync()
    assert town.cases() == {}
    town.sync()
    assert town.cases() == {done.case: "RECEIVED"}


def test_a_new_calendar_moves_the_dates_of_the_cases_that_are_there(city: City, village: Station) -> None:
    done = village.take()
    village.sync()
    assert village.case(done.case)["due"]["intake"] == "2026-09-29"
    with city.database.writing() as session:
        document = {
            "version": 0,
            "region": "CN",
            "years": {"2026": {"holidays": ["2026-09-28", "2026-09-29"], "workdays": []}},
        }
        publication.publish_calendar(session, document, city.clock.now_ms())
    village.sync()
    assert village.case(done.case)["due"]["intake"] == "2026-09-30"
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


def test_a_mirror_that_cannot_be_right_is_asked_for_whole_again(city: City, village: Station, town: Station) -> None:
    done = village.take()
    city.level(village, town)
    village.amend(done.case, phone="13800000001")
    with village.database.writing() as session:
        session.connection().exec_driver_sql("UPDATE mirror SET body = replace(body, 'RECEIVED', 'ARCHIVED')")
    village.sync()
    assert village.verify()["faults"] == []
    assert_alike(city, done.case, village)


def test_a_part_of_a_case_that_is_not_here_is_asked_for_whole(city: City, village: Station, town: Station) -> None:
    done = village.take()
    city.level(village, town)
    with town.database.writing() as session:
        for table in ("mirror", "work"):
            session.connection().exec_driver_sql(f"DELETE FROM {table}")
    city.act(done.case, "note", text="在吗")
    town.sync()
    assert_alike(city, done.case, town)


def test_news_that_do_not_fit_into_one_answer_come_in_the_next_and_nothing_is_missed(
    city: City, village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sync.messages.BLOCK_BYTES", 2_000)
    monkeypatch.setattr("sync.messages.MESSAGE_BYTES", 5_000)
    monkeypatch.setattr(pull, "PAGE_CASES", 3)
    taken = {village.take().case for _ in range(12)}
    village.sync()
    town = city.station("new", TOWN)
    assert set(town.cases()) == taken
    assert len(town.road.answers) > 3
    assert [town.case(each) for each in sorted(taken)] == [city_view(city, town, each) for each in sorted(taken)]


def city_view(city: City, station: Station, case: str) -> dict[str, Any]:
    return {**city.office.case(case), "sync": station.case(case)["sync"]}


def test_an_answer_cut_between_blocks_keeps_what_came_and_goes_on_from_there(
    city: City, village: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    town = city.station("new", TOWN)
    taken = {village.take().case for _ in range(30)}
    village.sync()
    monkeypatch.setattr("sync.messages.BLOCK_BYTES", 2_000)
    kept = []
    for cut in (600, 1_000, 1_600, 2_400):
        town.road.cut_at = cut
        with pytest.raises(HubUnreachable):
            town.sync()
        kept.append(len(town.cases()))
        assert town.verify()["faults"] == []
    assert kept == sorted(kept)
    assert kept[-1] > 0
    town.sync()
    assert set(town.cases()) == taken


def test_a_case_that_changed_early_and_late_loses_nothing_when_the_answer_is_cut_in_between(
    city: City, village: Station, town: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    early, *others = [village.take().case for _ in range(20)]
    city.level(village, town)
    town.amend(early, by="黄窗口", phone="13800000011")
    for each in others:
        town.act(each, "note", by="黄窗口", text="看过")
    town.act(early, "note", by="黄窗口", text="最后看过")
    town.sync()
    monkeypatch.setattr("sync.messages.BLOCK_BYTES", 1_000)
    village.road.cut_at = 1_300
    with pytest.raises(HubUnreachable):
        village.sync()
    assert any(village.case(each)["remarks"] for each in others), "a part of it came"
    assert not village.case(early)["remarks"], "but not the end"
    village.sync()
    assert village.case(early)["applicant"]["phone"] == "13800000011"
    for each in (early, *others):
        assert_alike(city, each, village)


def test_with_the_verdict_on_an_act_comes_what_became_of_it_however_much_news_there_is(
    city: City, village: Station, town: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine, *others = [village.take().case for _ in range(20)]
    city.level(village, town)
    for each in others:
        town.act(each, "note", by="黄窗口", text="看过")
    town.sync()
    city.act(mine, "accept")
    village.amend(mine, phone="13800000022")
    monkeypatch.setattr("sync.messages.BLOCK_BYTES", 1_000)
    for cut in range(400, 2_000, 100):
        village.road.cut_at = cut
        with pytest.raises(HubUnreachable):
            village.sync()
        assert village.case(mine)["applicant"]["phone"] == "13800000022"
        if village.pending() == 0:
            break
    assert village.pending() == 0
    assert not all(village.case(each)["remarks"] for each in others)
    village.sync()
    assert_alike(city, mine, village)


def test_with_a_verdict_on_another_villages_case_comes_nothing_of_that_case(city: City, village: Station) -> None:
    other = city.station("other", OTHER_VILLAGE)
    theirs = other.take(by="陈大山")
    other.sync()
    with village.database.writing() as session:
        deed = journal.Deed(
            act="note", case=theirs.case, clerk="林小梅", role="village_clerk", args={"text": "我也说一句"}
        )
        journal.append(session, deed, village.identity.device, 1, city.clock, village.chance)
    village.sync()
    assert village.cases() == {}
    with village.database.reading() as reader:
        assert reader.execute("SELECT count(*) FROM mirror").fetchone()[0] == 0


# Verify


def test_verify_is_content_after_everything(city: City, village: Station, town: Station) -> None:
    case = disputed(city, village, town)
    village.attach(case, b"a scan")
    village.act(case, "accept")
    village.settle(village.conflicts()[0], "theirs")
    village.take(PENSION)
    city.level(village, town)
    found = village.verify()
    assert (found["faults"], found["cases"], found["files"]) == ([], 2, 1)
    assert town.verify()["faults"] == []


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE work SET body = replace(body, '陈秀英', '陈秀兰')",
        "UPDATE work SET status = 'CLOSED'",
        "UPDATE work SET number = '260000000990'",
        "UPDATE work SET sync = 'acknowledged'",
        "DELETE FROM work",
        "UPDATE mirror SET body = replace(body, '13800000000', '13800000009')",
    ],
)
def test_verify_finds_a_work_or_mirror_that_somebody_changed(village: Station, statement: str) -> None:
    done = village.take()
    village.sync()
    village.act(done.case, "note", text="待同步")
    village.raw(statement)
    assert village.verify()["faults"] == [{"code": "work_differs", "case": done.case}]


@pytest.mark.parametrize(
    ("trigger", "statement"),
    [
        ("journal_never_changes", "UPDATE journal SET clerk = '别人' WHERE dseq = 2"),
        ("journal_never_changes", "UPDATE journal SET at = at + 1 WHERE dseq = 2"),
        ("journal_never_changes", "UPDATE journal SET prev = hash WHERE dseq = 2"),
        ("payload_never_changes", "UPDATE payload SET args = replace(args, '第一句', '第二句')"),
    ],
)
def test_verify_finds_a_journal_that_somebody_changed_past_its_guards(
    village: Station, trigger: str, statement: str
) -> None:
    done = village.take()
    village.act(done.case, "note", text="第一句")
    village.act(done.case, "note", text="第三句")
    with pytest.raises(Exception, match=r"append-only|erased"):
        village.raw(statement)
    village.raw(f"DROP TRIGGER {trigger}", statement)
    codes = {fault["code"] for fault in village.verify()["faults"]}
    assert "journal_broken" in codes


def test_verify_finds_a_file_that_is_gone_or_changed(village: Station) -> None:
    done = village.take()
    village.attach(done.case, b"first scan")
    village.attach(done.case, b"second scan")
    paths = [path for path in (village.home / "blobs").rglob("*") if path.is_file()]
    paths[0].unlink()
    paths[1].write_bytes(paths[1].read_bytes()[:-1] + b"x")
    faults = {(each["code"], each["sha256"]) for each in village.verify()["faults"]}
    assert faults == {("blob_missing", paths[0].name), ("blob_damaged", paths[1].name)}
