"""Whom a hub believes and what a station proves: forks, poison, scope, and `verify`."""

from __future__ import annotations

import pytest
from loop_city import (
    INSURANCE,
    OTHER_VILLAGE,
    PENSION,
    VILLAGE,
    City,
    Station,
    disputed,
)

from station import acts, journal
from station.errors import BadInput, HubRefused
from sync.hub import registry

pytest_plugins = ("loop_fixtures",)


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
