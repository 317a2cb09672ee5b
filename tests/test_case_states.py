"""The state table, whole: every row is sound, every road is known, and everything else is refused."""

from __future__ import annotations

import itertools
import json
from pathlib import Path
from typing import Any

import pytest

from station import acts
from station.case import Case
from station.case_states import (
    AFTER_DECISION,
    BACK,
    BEFORE_ACCEPTANCE,
    DECIDED,
    ENDS,
    IN_HAND,
    NAMES,
    NEW,
    ROUTE,
    SAME,
    TABLE,
    Offline,
    Place,
    Role,
    State,
)
from station.errors import Refused
from station.item import Item
from station.rights import ALL_BODIES, Actor, chosen_row, permitted

MODEL: dict[str, Any] = json.loads((Path(__file__).parent / "data" / "case_states.json").read_text(encoding="utf-8"))
ROLE_OF = {"dept_approver": Role.APPROVER, "town_reviewer": Role.TOWN_REVIEWER}
ALL_ACTS = sorted({row.act for row in TABLE})
FROM = [NEW, *State]
OUTCOMES = ("grant", "deny")

# Where the model and our table differ: (from, to, actor) -> why.
AFTERWARDS = "after acceptance a village only asks (a request); the decider withdraws"
DEVIATIONS = {
    ("ACCEPTED", "WITHDRAWN", "village_clerk"): AFTERWARDS,
    ("REVIEW_TOWN", "WITHDRAWN", "village_clerk"): AFTERWARDS,
    ("REVIEW_DEPT", "WITHDRAWN", "village_clerk"): AFTERWARDS,
    ("SPECIAL", "WITHDRAWN", "village_clerk"): AFTERWARDS,
    ("SUSPENDED", "WITHDRAWN", "village_clerk"): AFTERWARDS,
}
# What a row without a fixed target may lead to: an item's level routes, and a pause ends where it began.
LEADS = {
    ROUTE: {State.REVIEW_TOWN, State.REVIEW_DEPT},
    BACK: {State.REVIEW_TOWN, State.REVIEW_DEPT},
}


def item(**more: Any) -> Item:
    """An item that allows everything at a counter."""
    facts = {
        "village_role": "decide_on_spot",
        "offline_accept": True,
        "decide_level": "town",
        "dept_code": "D",
        "suspendable": True,
    }
    return Item(code="X", version=1, name="示例", **facts | more)


def case_in(state: str, **more: Any) -> Case | None:
    """A case in that state; None before its first act."""
    if state == NEW:
        return None
    return Case("c", {"status": state, "division": "350212103201", "taken_by": "somebody", **more})


def actor(role: str, place: Place, **more: Any) -> Actor:
    """A person of that role whose scope is the whole town."""
    facts = {"name": "somebody else", "division": "350212103", "bodies": (ALL_BODIES,)} | more
    return Actor(role=role, place=place, **facts)


# The rows


@pytest.mark.parametrize("row", TABLE, ids=lambda row: f"{row.frm} {row.act} {row.when}")
def test_every_row_speaks_of_states_roles_and_acts_that_exist(row: Any) -> None:
    assert row.frm in FROM
    assert row.to in {SAME, BACK, ROUTE, *State}
    assert row.roles
    assert row.roles <= set(Role)
    assert row.places
    assert row.when in ("", *OUTCOMES)
    assert row.act in acts.ACTS
    assert row.source or row.clock, "every row says where it comes from, or which clock it moves"


def test_every_act_of_the_reducer_has_a_row_and_every_row_an_act() -> None:
    assert set(ALL_ACTS) == set(acts.ACTS)


def test_every_state_has_a_name_and_can_be_reached_and_left() -> None:
    assert set(NAMES) == set(State)
    reached = {row.to for row in TABLE}
    assert set(State) <= reached | {State.REVIEW_TOWN, State.REVIEW_DEPT}
    for state in State:
        if state != State.ARCHIVED:
            assert [row for row in TABLE if row.frm == state and row.to != SAME], state


def test_no_role_finds_two_rows_for_one_act_in_one_place() -> None:
    for one, other in itertools.combinations(TABLE, 2):
        if (one.frm, one.act, one.when) == (other.frm, other.act, other.when):
            assert not (one.roles & other.roles and one.places & other.places), (one, other)


def test_groups_of_states_do_not_overlap_and_cover_everything() -> None:
    groups = [BEFORE_ACCEPTANCE, IN_HAND, AFTER_DECISION, ENDS, (State.DRAFT, State.VOID)]
    counted = [state for group in groups for state in group]
    assert sorted(counted) == sorted(State)
    assert set(DECIDED) < set(AFTER_DECISION)


def test_end_states_have_no_way_out_but_the_archive_and_the_archive_has_none() -> None:
    for state in ENDS:
        ways = {(row.act, row.to) for row in TABLE if row.frm == state and row.to != SAME}
        assert ways == (set() if state == State.ARCHIVED else {("archive", State.ARCHIVED)})
        assert {row.act for row in TABLE if row.frm == state and row.to == SAME} == {"note", "settle"}


def test_out_of_void_there_is_only_restore_and_only_at_the_hub() -> None:
    (only,) = [row for row in TABLE if row.frm == State.VOID]
    assert (only.act, only.to, only.places) == ("restore", BACK, {Place.HUB})
    assert Role.VILLAGE_CLERK not in only.roles


def test_nothing_is_voided_or_withdrawn_after_the_decision() -> None:
    assert {row.frm for row in TABLE if row.act in ("void", "withdraw")} == {State.DRAFT, *BEFORE_ACCEPTANCE, *IN_HAND}


# The model of the domain


@pytest.mark.parametrize("state", MODEL["states"], ids=lambda state: state["id"])
def test_every_state_of_the_model_is_ours(state: dict[str, Any]) -> None:
    assert state["id"] in set(State)


def model_roads() -> list[tuple[str, str, str, str]]:
    """(from, to, actor, offline); an applicant acts through a clerk, and what an item grants is tested below."""
    return [
        (frm, each["to"], who.split(" if ")[0], each["offline"])
        for each in MODEL["transitions"]
        for frm in each["frm"].split("|")
        for who in each["actors"]
        if who != "applicant"
    ]


@pytest.mark.parametrize(("frm", "to", "who", "offline"), model_roads())
def test_every_transition_of_the_model_is_in_the_table_or_a_listed_deviation(
    frm: str, to: str, who: str, offline: str
) -> None:
    role = ROLE_OF.get(who, who)
    ours = [
        row
        for row in TABLE
        if row.frm == frm
        and role in row.roles
        and (to in LEADS.get(row.to, {row.to}) or (row.to == SAME and frm == to))
    ]
    if (frm, to, who) in DEVIATIONS:
        assert not ours, "the deviation is no longer one: take it out of the list"
        return
    assert ours, f"{frm} -> {to} by {who}"
    if offline == "no":
        assert any(row.offline == Offline.NO for row in ours), "what needs a seal is not done off line"
    if offline.startswith("yes"):
        assert any(row.offline != Offline.NO for row in ours)


# Everything that is not in the table


@pytest.mark.parametrize("place", list(Place))
@pytest.mark.parametrize("act", ALL_ACTS)
@pytest.mark.parametrize("state", FROM)
def test_whatever_is_not_in_the_table_is_refused_with_its_reason(state: str, act: str, place: Place) -> None:
    case = case_in(state)
    for role, when in itertools.product(Role, OUTCOMES if act == "decide" else ("",)):
        legal = [row for row in TABLE if (row.frm, row.act) == (state, act) and row.when in ("", when)]
        mine = [row for row in legal if role in row.roles]
        here = [row for row in mine if place in row.places]
        if place == Place.STATION:
            here = [row for row in here if row.offline != Offline.NO]
        expected = "" if here else "needs_hub" if mine else "not_your_role" if legal else "illegal_act"
        for ask in (
            lambda role=role, when=when: chosen_row(case, act, role, place, when),
            lambda role=role, when=when: permitted(case, act, actor(role, place), item(), when),
        ):
            if not expected:
                assert ask() in here
                continue
            with pytest.raises(Refused) as refused:
                ask()
            assert refused.value.code == expected, (state, act, role, place)


def test_a_decision_without_an_outcome_is_none() -> None:
    with pytest.raises(Refused, match="illegal_act"):
        chosen_row(case_in("REVIEW_DEPT"), "decide", Role.APPROVER, Place.HUB)


# Off line


@pytest.mark.parametrize(
    "act",
    ["not_accept", "terminate", "defer", "extend", "suspend", "resume", "start_special", "end_special", "archive"],
)
def test_what_needs_a_seal_or_a_library_is_never_done_at_a_station(act: str) -> None:
    assert {row.offline for row in TABLE if row.act == act} == {Offline.NO}


@pytest.mark.parametrize("act", ["take", "supplement", "amend", "note", "attach", "deliver", "register", "settle"])
def test_the_daily_work_of_a_counter_never_needs_the_hub(act: str) -> None:
    assert {row.offline for row in TABLE if row.act == act} == {Offline.YES}


@pytest.mark.parametrize(
    ("act", "state", "role_of_item", "refusal"),
    [
        ("accept", "RECEIVED", "collect_and_forward", "item_no_village_accept"),
        ("accept", "RECEIVED", "assist_online", "item_no_village_accept"),
        ("accept", "RECEIVED", "accept_and_forward", ""),
        ("accept", "RECEIVED", "accept_and_decide", ""),
        ("accept", "RECEIVED", "decide_on_spot", ""),
        ("ask_correction", "RECEIVED", "collect_and_forward", "item_no_village_notice"),
        ("ask_correction", "RECEIVED", "accept_and_forward", ""),
        ("decide", "ACCEPTED", "accept_and_forward", "item_not_on_spot"),
        ("decide", "ACCEPTED", "decide_on_spot", ""),
        ("decide", "ACCEPTED", "accept_and_decide", ""),
        ("close", "DECIDED_GRANT", "accept_and_forward", "item_not_on_spot"),
        ("close", "DECIDED_GRANT", "decide_on_spot", ""),
    ],
)
def test_what_a_village_may_is_said_by_the_item(act: str, state: str, role_of_item: str, refusal: str) -> None:
    clerk = actor(Role.VILLAGE_CLERK, Place.STATION)

    def ask() -> Any:
        return permitted(case_in(state), act, clerk, item(village_role=role_of_item), "grant")

    if not refusal:
        assert ask().act == act
        return
    with pytest.raises(Refused, match=refusal):
        ask()


@pytest.mark.parametrize("role", [Role.VILLAGE_CLERK, Role.TOWN_CLERK])
@pytest.mark.parametrize("place", list(Place))
def test_a_counter_decides_on_the_spot_items_only_and_off_line_only_what_needs_no_check(
    role: Role, place: Place
) -> None:
    who = actor(role, place)
    assert permitted(case_in("ACCEPTED"), "decide", who, item(), "grant")
    with pytest.raises(Refused, match="item_not_on_spot"):
        permitted(case_in("ACCEPTED"), "decide", who, item(village_role="collect_and_forward"), "grant")
    checked = item(offline_accept=False)
    if place == Place.HUB:
        assert permitted(case_in("ACCEPTED"), "decide", who, checked, "deny")
    else:
        with pytest.raises(Refused, match="item_not_on_spot"):
            permitted(case_in("ACCEPTED"), "decide", who, checked, "deny")


def test_nobody_decides_a_case_that_he_took_in_unless_the_counter_decides_by_its_nature() -> None:
    taken = case_in("REVIEW_TOWN", taken_by="赵")
    for role in (Role.TOWN_REVIEWER, Role.APPROVER):
        with pytest.raises(Refused, match="four_eyes"):
            permitted(taken, "decide", actor(role, Place.HUB, name="赵"), item(), "grant")
        assert permitted(taken, "decide", actor(role, Place.HUB, name="钱"), item(), "grant")
    on_spot = case_in("ACCEPTED", taken_by="赵")
    assert permitted(on_spot, "decide", actor(Role.VILLAGE_CLERK, Place.STATION, name="赵"), item(), "grant")


def test_a_reviewer_decides_the_towns_items_only_and_an_approver_those_of_his_bodies() -> None:
    case, reviewer = case_in("REVIEW_TOWN"), actor(Role.TOWN_REVIEWER, Place.HUB)
    for level in ("town", "town_or_district", "village"):
        assert permitted(case, "decide", reviewer, item(decide_level=level), "grant")
    with pytest.raises(Refused, match="not_own_item"):
        permitted(case, "decide", reviewer, item(decide_level="district"), "grant")
    assert permitted(case, "decide", actor(Role.APPROVER, Place.HUB, bodies=("D",)), item(), "grant")
    for bodies in ((), ("other",)):
        with pytest.raises(Refused, match="not_own_item"):
            permitted(case, "note", actor(Role.APPROVER, Place.HUB, bodies=bodies), item())


@pytest.mark.parametrize(("division", "ours"), [("3502", True), ("350212103201", True), ("350212103202", False)])
def test_a_person_acts_on_the_cases_of_his_own_place_and_below(division: str, ours: bool) -> None:
    who = actor(Role.TOWN_CLERK, Place.STATION, division=division)
    if ours:
        assert permitted(case_in("RECEIVED"), "note", who, item())
        return
    with pytest.raises(Refused, match="not_own_division"):
        permitted(case_in("RECEIVED"), "note", who, item())


def test_an_auditor_changes_nothing() -> None:
    assert not [row for row in TABLE if Role.AUDITOR in row.roles]
