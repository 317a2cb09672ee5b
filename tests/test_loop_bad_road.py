"""A road that loses, cuts and repeats: nothing happens twice, nothing is missed, no edit vanishes in between."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from loop_city import (
    OTHER_VILLAGE,
    TOWN,
    City,
    Station,
    assert_alike,
    end_state,
)

from station import journal, replica, settings
from station.errors import BadInput, HubRefused, HubUnreachable, NotAuthorised, NotOurHub, Refused
from sync.exchange import Exchange, Report
from sync.hub import pull
from sync.installing import Installing
from sync.messages import Down
from sync.transport import Traffic

pytest_plugins = ("loop_fixtures",)


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


# What comes down


def test_a_mirror_that_cannot_be_right_is_asked_for_whole_again(city: City, village: Station, town: Station) -> None:
    done = village.take()
    city.level(village, town)
    village.amend(done.case, phone="13800000001")
    with village.database.writing() as session:
        wrong = """ '"ARCHIVED","x_wrong":1' """
        session.connection().exec_driver_sql(f"UPDATE mirror SET body = replace(body, '\"RECEIVED\"', {wrong})")
    village.sync()
    assert "x_wrong" not in village.bodies()[done.case]
    assert village.verify()["faults"] == []
    assert_alike(city, done.case, village)


def test_a_block_that_comes_again_after_later_ones_means_nothing_new(
    city: City, village: Station, town: Station, monkeypatch: pytest.MonkeyPatch
) -> None:
    blocks: list[Down] = []
    whole = Installing.block

    def kept(self: Installing, down: Down) -> None:
        blocks.append(down)
        whole(self, down)

    monkeypatch.setattr(Installing, "block", kept)
    done = village.take()
    village.amend(done.case, phone="13800000001")
    village.sync()
    town.sync()
    town.amend(done.case, by="黄窗口", phone="13800000002")
    city.level(town, village)
    before = end_state(village)
    again = Installing(village.database, village.identity.epoch, city.clock.now_ms())
    for down in (blocks[0], blocks[0]):
        whole(again, Down(applied=down.applied, settled=down.settled))
    assert end_state(village) == before
    assert again.installed.acknowledged == 0


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
