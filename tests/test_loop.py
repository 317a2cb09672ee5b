"""The whole way of a case: enrolment, counter, journal, hub and back; numbers, catalogue and calendar."""

from __future__ import annotations

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
    assert_alike,
    intake,
)

from station import journal, settings
from station.errors import BadInput, HubRefused, HubUnreachable, Refused
from station.numbers import check_number, is_spare
from sync.hub import publication, registry

pytest_plugins = ("loop_fixtures",)


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
    with city.database.engine.connect() as connection:
        given = connection.exec_driver_sql("SELECT count(*) FROM lease WHERE device = ?", (village.identity.device,))
        assert given.scalar() == 2
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
