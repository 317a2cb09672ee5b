"""The only way to change a case: what each act does, and what holds on every walk through the state table."""

from __future__ import annotations

import copy
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import station
from station import canonical
from station.acts import EXTENSION_WORKING_DAYS
from station.case import Case, HistoryLine
from station.case_states import (
    AFTER_DECISION,
    BEFORE_ACCEPTANCE,
    IN_HAND,
    NEW,
    SAME,
    TABLE,
    Offline,
    Place,
    Role,
    Row,
    State,
)
from station.errors import BadInput, Refused, StationError
from station.item import REQUIRED, Item
from station.item_record import item_of
from station.operation import CHAIN_START, Base, Entry, Operation, chained
from station.reducer import apply, changed, effect, ordered

RECORDS: list[dict[str, Any]] = json.loads(
    (Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8")
)["items"]
ITEMS = {item.code: item for item in map(item_of, RECORDS)}
PENSION = ITEMS["11350212DM0001120963520D0003000"]  # on the spot, offline
INSURANCE = ITEMS["11350212DM0001139663520D0001000"]  # the district decides
ALLOWANCE = ITEMS["11350212DM0001104K53505D0007000"]  # the town decides, may be suspended, one material may come later
WALKED = (PENSION, INSURANCE, ALLOWANCE)

DAY_MS = 86_400_000
START_MS = 1_790_000_000_000
AMENDABLE = ("name", "id_kind", "id_no", "phone", "address", "note", "answers.handler", "agent.name", "delivery.to")


def entry(
    case: Case | None, act: str, role: str = Role.VILLAGE_CLERK, at: int = START_MS, *, hub: bool = False, **args: Any
) -> Entry:
    """An act of that role, at a station or at the hub."""
    op = Operation(
        device="hub" if hub else "laptop",
        epoch=1,
        dseq=len(case.history) + 1 if case else 1,
        act=act,
        case=case.id if case else "",
        clerk="somebody",
        role=role,
        at=at,
        base=Base(),
        salt="salt",
        args=args,
    )
    return chained(op, CHAIN_START)


def taken(item: Item, *, got: str = "original_seen", at: int = START_MS, **more: Any) -> Case:
    """A case with every material handed in that way."""
    args = {
        "item": item.code,
        "item_version": item.version,
        "number": "260000000010",
        "division": "350212103201",
        "received_on": "2026-09-21",
        "channel": "counter",
        "note": "",
        "applicant": {"kind": "person", "name": "陈秀英", "id_kind": "resident_id", "id_no": "350200195503120025"},
        "agent": {},
        "answers": {},
        "materials": {material.id: got for material in item.materials},
    }
    return apply(None, entry(None, "take", at=at, **(args | more)), item)


def went(case: Case, item: Item, *steps: str | tuple[str, dict[str, Any]], at: int = START_MS) -> Case:
    """The case after these acts of an approver at the hub."""
    for step in steps:
        act, args = (step, {}) if isinstance(step, str) else step
        case = apply(case, entry(case, act, Role.APPROVER, at, hub=True, **args), item)
    return case


def in_state(state: str, item: Item = ALLOWANCE) -> Case:
    """A case that came into that state by the shortest legal way."""
    case = taken(item)
    reviewed = ("accept", "forward")
    grant, deny = ("decide", {"outcome": "grant"}), ("decide", {"outcome": "deny"})
    ways: dict[str, Sequence[Any]] = {
        "RECEIVED": (),
        "CORRECTION": ("ask_correction",),
        "NOT_ACCEPTED": (("not_accept", {"reason": "不属于本机关职权"}),),
        "ACCEPTED": ("accept",),
        "REVIEW_TOWN": reviewed,
        "REVIEW_DEPT": (*reviewed, "forward"),
        "SPECIAL": (*reviewed, "start_special"),
        "SUSPENDED": (*reviewed, "suspend"),
        "DECIDED_GRANT": (*reviewed, grant),
        "DECIDED_DENY": (*reviewed, deny),
        "CLOSED": (*reviewed, grant, "close"),
        "DELIVERED": (*reviewed, grant, "close", "deliver"),
        "TERMINATED": (*reviewed, ("terminate", {"reason": "申请人死亡"})),
        "VOID": (("void", {"reason": "误录"}),),
    }
    case = went(case, item, *ways[state])
    assert case.status == state
    return case


# Walks through the table


ARGS: dict[str, st.SearchStrategy[dict[str, Any]]] = {
    "amend": st.dictionaries(st.sampled_from(AMENDABLE), st.text(max_size=5), min_size=1, max_size=3).map(
        lambda wanted: {"set": wanted}
    ),
    "supplement": st.sampled_from([m.id for item in WALKED for m in item.materials]).map(
        lambda material: {"materials": {material: "paper"}}
    ),
    "note": st.text("备注一二", min_size=1, max_size=4).map(lambda text: {"text": text}),
    "attach": st.text("0123456789abcdef", min_size=64, max_size=64).map(
        lambda sha256: {"sha256": sha256, "material": "m_id_card", "name": "a.pdf", "size": 7}
    ),
    "settle": st.text(max_size=4).map(
        lambda value: {"conflict": "c", "field": "applicant.phone", "value": value, "seen": []}
    ),
    "decide": st.sampled_from([{"outcome": "grant"}, {"outcome": "deny"}]),
    "ask_correction": st.just({"missing": ["申请表"], "within_days": 30}),
}
WALK_ACTS = sorted({row.act for row in TABLE} - {"take", "register", "correct"})


class Walk:
    """Steps of one case, with what it was before and after each."""

    def __init__(self, item: Item) -> None:
        self.item = item
        self.steps: list[tuple[Case, Entry, Case]] = []
        self.refused: list[tuple[Case, Entry]] = []
        self.first = taken(item)

    @property
    def case(self) -> Case:
        return self.steps[-1][2] if self.steps else self.first

    def step(self, act: str, row: Row, args: dict[str, Any], later_days: int) -> None:
        case = self.case
        place = (
            Place.HUB if Place.HUB in row.places and (row.offline == Offline.NO or later_days % 2) else Place.STATION
        )
        role = sorted(row.roles)[later_days % len(row.roles)]
        at = case.history[-1].at + later_days * DAY_MS + 1
        done = entry(case, act, role, at, hub=place == Place.HUB, reason="有理由", **args)
        try:
            self.steps.append((case, done, apply(case, done, self.item)))
        except StationError:
            self.refused.append((case, done))


@st.composite
def walks(draw: st.DrawFn) -> Walk:
    """Up to a dozen acts, each legal by the table for the state that the case is in."""
    walk = Walk(draw(st.sampled_from(WALKED)))
    for _ in range(draw(st.integers(1, 12))):
        legal = [row for row in TABLE if row.frm == walk.case.status and row.act in WALK_ACTS]
        if not legal:
            break
        row = draw(st.sampled_from(legal))
        args = draw(ARGS.get(row.act, st.just({})))
        if row.act == "decide":
            args = {"outcome": row.when}
        walk.step(row.act, row, args, draw(st.integers(0, 5)))
    return walk


WALKING = settings(max_examples=150, deadline=None)


@WALKING
@given(walks())
def test_the_same_act_on_the_same_case_gives_the_same_and_changes_nothing_it_was_given(walk: Walk) -> None:
    for case, done, after in walk.steps:
        before = copy.deepcopy(case)
        again = apply(case, done, walk.item)
        assert again == after
        assert canonical.encode(again) == canonical.encode(after)
        assert case == before
    for case, done in walk.refused:
        before = copy.deepcopy(case)
        with pytest.raises(StationError):
            apply(case, done, walk.item)
        assert case == before


@WALKING
@given(walks())
def test_history_has_one_line_for_each_act_in_the_order_in_which_they_were_done(walk: Walk) -> None:
    assert [line.op for line in walk.case.history] == [walk.first.history[0].op, *(step[1].id for step in walk.steps)]
    for case, done, after in walk.steps:
        line = after.history[-1]
        assert (line.act, line.by, line.at, line.frm, line.to) == (
            done.op.act,
            done.op.clerk,
            done.op.at,
            case.status,
            after.status,
        )


@WALKING
@given(walks())
def test_the_status_moves_only_as_the_table_says(walk: Walk) -> None:
    for case, done, after in walk.steps:
        ways = [row.to for row in TABLE if (row.frm, row.act) == (case.status, done.op.act)]
        assert after.status in set(State)
        if after.status == case.status:
            stays = {"accept", "supplement"}  # 预受理 is a flag; and what is handed in for a case under way
            assert SAME in ways or done.op.act in stays
        elif not {"<", ">"} & set(ways):
            assert after.status in ways


@WALKING
@given(walks())
def test_what_a_case_was_opened_with_never_changes_but_by_an_amendment_or_a_settlement(walk: Walk) -> None:
    fixed = ("number", "item", "item_version", "division", "received_on", "taken_by", "taken_at", "station", "channel")
    for case, done, after in walk.steps:
        assert [case.fields.get(name) for name in fixed] == [after.fields.get(name) for name in fixed]
        if done.op.act not in ("amend", "settle"):
            for group in ("applicant", "agent", "answers"):
                assert case.below(group) == after.below(group)
            assert case.fields["note"] == after.fields["note"]


@WALKING
@given(walks(), st.dictionaries(st.text("abc", min_size=3).map("x_{}".format), st.integers(), min_size=1))
def test_fields_of_a_newer_hub_survive_every_act(walk: Walk, unknown: dict[str, int]) -> None:
    case = changed(walk.first, walk.first.id, unknown, ())
    for _, done, _ in walk.steps:
        case = apply(case, done, walk.item)
    assert {name: case.fields[name] for name in unknown} == unknown
    assert {name: value for name, value in case.fields.items() if name not in unknown} == walk.case.fields


@WALKING
@given(walks())
def test_pauses_open_and_close_in_turn_and_a_case_comes_back_to_where_it_was(walk: Walk) -> None:
    for _, _, after in walk.steps:
        pauses = after.fields.get("pauses", [])
        paused = after.status in ("SPECIAL", "SUSPENDED")
        under = after.fields.get("voided_from") if after.status == "VOID" else after.status
        assert all(each["to"] for each in pauses[:-1]), "one pause at a time"
        is_open = bool(pauses) and pauses[-1]["to"] is None
        if under in ("SPECIAL", "SUSPENDED"):
            assert is_open
        elif after.status not in ("WITHDRAWN", "TERMINATED", "ARCHIVED"):  # an end may fall into a pause
            assert not is_open
        for each in pauses:
            assert each["to"] is None or each["from"] <= each["to"]
        if paused:
            assert pauses[-1]["to"] is None
            assert after.fields["returns_to"] in ("REVIEW_TOWN", "REVIEW_DEPT")
    for case, done, after in walk.steps:
        if done.op.act in ("end_special", "resume"):
            assert after.status == case.fields["returns_to"]
            assert "returns_to" not in after.fields
        if done.op.act == "restore":
            assert after.status == case.fields["voided_from"]


@WALKING
@given(walks(), st.randoms())
def test_history_is_put_in_order_the_same_way_whatever_order_it_came_in(walk: Walk, random: Any) -> None:
    numbered = [
        HistoryLine(op=line.op, at=line.at, act=line.act, by=line.by, seq=place + 1)
        for place, line in enumerate(walk.case.history)
    ]
    shuffled = [*numbered, *numbered]
    random.shuffle(shuffled)
    assert ordered(shuffled) == tuple(numbered)
    assert ordered(ordered(shuffled)) == tuple(numbered)


def test_a_line_that_the_hub_has_numbered_replaces_our_own_and_unnumbered_ones_come_last() -> None:
    def line(op: str, seq: int = 0, rule: str | None = None) -> HistoryLine:
        return HistoryLine(op=op, at=1, act="note", by="x", seq=seq, rule=rule)

    mine, theirs = line("a"), line("a", 7, "TR-2")
    assert ordered((mine, line("b"), theirs, line("c", 3))) == (line("c", 3), theirs, line("b"))
    assert ordered((theirs, mine)) == (theirs,)


# Pauses and voids


@pytest.mark.parametrize(("start", "end"), [("start_special", "end_special"), ("suspend", "resume")])
@pytest.mark.parametrize("review", ["REVIEW_TOWN", "REVIEW_DEPT"])
def test_a_pause_ends_where_it_began(start: str, end: str, review: str) -> None:
    case = went(in_state(review), ALLOWANCE, (start, {"name": "入户调查", "limit": 5}))
    assert case.fields["returns_to"] == review
    later = START_MS + 3 * DAY_MS
    case = went(case, ALLOWANCE, end, at=later)
    assert case.status == review
    (pause,) = case.fields["pauses"]
    assert (pause["from"], pause["to"]) == ("2026-09-21", "2026-09-24")
    assert pause["name"] == "入户调查"


@pytest.mark.parametrize("state", [*BEFORE_ACCEPTANCE, *IN_HAND])
def test_a_mistaken_void_gives_back_exactly_the_case_that_was(state: str) -> None:
    before = in_state(state)
    after = went(before, ALLOWANCE, ("void", {"reason": "误录"}), "restore")
    assert after.fields == before.fields
    assert len(after.history) == len(before.history) + 2


def test_a_paused_case_that_was_voided_and_restored_still_finds_its_way_back() -> None:
    case = went(in_state("SPECIAL"), ALLOWANCE, ("void", {"reason": "误录"}), "restore", "end_special")
    assert case.status == "REVIEW_TOWN"


def test_only_an_item_that_may_be_suspended_is() -> None:
    with pytest.raises(Refused, match="not_suspendable"):
        went(in_state("REVIEW_DEPT", INSURANCE_REVIEWED), INSURANCE_REVIEWED, "suspend")


INSURANCE_REVIEWED = item_of(
    {**next(r for r in RECORDS if r["demo_impl_code"] == INSURANCE.code), "decide_level": "town"}
)


def test_an_extension_is_given_once_and_with_its_reason() -> None:
    case = in_state("REVIEW_DEPT")
    with pytest.raises(BadInput, match="reason_missing"):
        went(case, ALLOWANCE, "extend")
    case = went(case, ALLOWANCE, ("extend", {"reason": "需实地核查"}))
    assert case.fields["extension_days"] == EXTENSION_WORKING_DAYS
    with pytest.raises(Refused, match="extended_already"):
        went(case, ALLOWANCE, ("extend", {"reason": "再延"}))


# Amendments


@pytest.mark.parametrize("state", [*BEFORE_ACCEPTANCE, *IN_HAND, *AFTER_DECISION])
@pytest.mark.parametrize("key", AMENDABLE)
def test_an_amendment_at_a_station_holds_within_its_window_and_is_a_request_after_it(state: str, key: str) -> None:
    before = in_state(state)
    done = entry(before, "amend", set={key: "新值"})
    after = apply(before, done, ALLOWANCE)
    field = {"note": "note"}.get(key) or (key if "." in key else f"applicant.{key}")
    until_decision = key in ("phone", "address", "note", "delivery.to")
    open_now = state in BEFORE_ACCEPTANCE or (state in IN_HAND and until_decision)
    assert after.status == before.status
    if open_now:
        assert after.fields[field] == "新值"
        assert after.below("requests") == {}
    else:
        assert after.fields.get(field) == before.fields.get(field)
        assert after.below("requests") == {done.id: {"act": "amend", "set": {field: "新值"}, "state": "open"}}


def test_an_amendment_with_early_and_late_fields_is_split() -> None:
    case = in_state("ACCEPTED")
    done = entry(case, "amend", set={"phone": "13800000001", "name": "陈秀兰"})
    after = apply(case, done, ALLOWANCE)
    assert (after.fields["applicant.phone"], after.fields["applicant.name"]) == ("13800000001", "陈秀英")
    assert after.below("requests")[done.id]["set"] == {"applicant.name": "陈秀兰"}


@pytest.mark.parametrize("state", [*IN_HAND, *AFTER_DECISION])
def test_the_decider_amends_at_the_hub_in_any_of_these_states(state: str) -> None:
    after = went(in_state(state), ALLOWANCE, ("amend", {"set": {"name": "陈秀兰"}}))
    assert after.fields["applicant.name"] == "陈秀兰"
    assert after.below("requests") == {}


@pytest.mark.parametrize(
    "key", ["status", "number", "applicant.phone", "answers.", "agent.", "decision", "pauses", "", "x"]
)
def test_an_amendment_reaches_no_other_field(key: str) -> None:
    with pytest.raises(BadInput, match="unknown_field"):
        apply(taken(ALLOWANCE), entry(taken(ALLOWANCE), "amend", set={key: "x"}), ALLOWANCE)


def test_an_amendment_of_nothing_is_none_and_of_null_takes_a_field_away() -> None:
    case = taken(ALLOWANCE, answers={"handler": "self"})
    with pytest.raises(BadInput, match="nothing_to_set"):
        apply(case, entry(case, "amend", set={}), ALLOWANCE)
    assert "answers.handler" not in apply(case, entry(case, "amend", set={"answers.handler": None}), ALLOWANCE).fields


# Acceptance


def test_a_case_is_accepted_only_with_every_required_material() -> None:
    for lacking in ("missing", "deferred"):
        case = taken(INSURANCE, got=lacking)
        with pytest.raises(Refused, match="materials_missing") as refused:
            went(case, INSURANCE, "accept")
        assert refused.value.fields["missing"] == [m.name for m in INSURANCE.materials if m.necessity == REQUIRED]
    for there in ("original_seen", "paper", "copy", "ecert"):
        assert went(taken(INSURANCE, got=there), INSURANCE, "accept").status == "ACCEPTED"


def test_what_may_come_later_is_deferred_and_nothing_else() -> None:
    firm = {material.id: "paper" for material in ALLOWANCE.materials}
    later = firm | {"m_illness": "missing"}
    case = taken(ALLOWANCE, materials=later, answers={"illness": "yes"})
    assert went(case, ALLOWANCE, ("defer", {"missing": ["诊断证明"]})).fields["deferred"] == ["诊断证明"]
    case = taken(ALLOWANCE, materials=firm | {"m_form": "missing"})
    with pytest.raises(Refused, match="not_deferrable"):
        went(case, ALLOWANCE, "defer")


def test_an_acceptance_at_a_station_without_that_right_is_a_flag_that_starts_no_clock() -> None:
    case = taken(INSURANCE)
    flagged = apply(case, entry(case, "accept"), INSURANCE)
    assert flagged.status == "RECEIVED"
    assert (flagged.fields["pre_accepted_on"], flagged.fields["pre_accepted_by"]) == ("2026-09-21", "somebody")
    assert "accepted_on" not in flagged.fields
    confirmed = apply(flagged, entry(flagged, "accept", Role.HUB, hub=True), INSURANCE)
    assert (confirmed.status, confirmed.fields["accepted_on"]) == ("ACCEPTED", "2026-09-21")


def test_an_acceptance_at_a_station_with_that_right_is_one() -> None:
    case = taken(PENSION)
    assert apply(case, entry(case, "accept"), PENSION).status == "ACCEPTED"


def test_a_deemed_acceptance_goes_back_to_the_day_of_receipt() -> None:
    case = taken(ALLOWANCE)
    late = apply(case, entry(case, "deem_accepted", Role.HUB, START_MS + 9 * DAY_MS, hub=True), ALLOWANCE)
    assert (late.fields["accepted_on"], late.fields["deemed"]) == ("2026-09-21", True)


def test_what_was_corrected_restarts_the_intake_clock_on_that_day() -> None:
    case = in_state("CORRECTION")
    assert case.fields["corrections"] == 1
    assert case.fields["correction"]["within_days"] == 90
    back = apply(case, entry(case, "supplement", at=START_MS + 4 * DAY_MS, materials={"m_form": "paper"}), ALLOWANCE)
    assert (back.status, back.fields["intake_from"], back.fields["received_on"]) == (
        "RECEIVED",
        "2026-09-25",
        "2026-09-21",
    )
    assert "correction" not in back.fields
    later = apply(
        in_state("ACCEPTED"), entry(in_state("ACCEPTED"), "supplement", materials={"m_form": "copy"}), ALLOWANCE
    )
    assert (later.status, later.fields["intake_from"]) == ("ACCEPTED", "2026-09-21")


# Routing, withdrawing, refusing


@pytest.mark.parametrize(
    ("level", "state"),
    [
        ("town", "REVIEW_TOWN"),
        ("town_or_district", "REVIEW_TOWN"),
        ("village", "REVIEW_TOWN"),
        ("district", "REVIEW_DEPT"),
        ("city", "REVIEW_DEPT"),
    ],
)
def test_an_accepted_case_goes_to_the_level_that_decides(level: str, state: str) -> None:
    item = item_of({**RECORDS[6], "decide_level": level})
    assert went(taken(item), item, "accept", "forward").status == state


def test_a_withdrawal_is_effective_before_acceptance_and_a_request_afterwards() -> None:
    early, late = in_state("CORRECTION"), in_state("SPECIAL")
    assert apply(early, entry(early, "withdraw", reason="不办了"), ALLOWANCE).status == "WITHDRAWN"
    asked = apply(late, entry(late, "withdraw", reason="不办了"), ALLOWANCE)
    assert asked.status == "SPECIAL"
    (request,) = asked.below("requests").values()
    assert request == {"act": "withdraw", "reason": "不办了", "state": "open"}
    confirmed = apply(late, entry(late, "withdraw", Role.TOWN_CLERK, hub=True, reason="不办了"), ALLOWANCE)
    assert confirmed.status == "WITHDRAWN"


@pytest.mark.parametrize(
    ("state", "act"),
    [
        ("RECEIVED", "withdraw"),
        ("RECEIVED", "void"),
        ("RECEIVED", "not_accept"),
        ("ACCEPTED", "terminate"),
        ("REVIEW_TOWN", "extend"),
    ],
)
def test_what_goes_against_the_applicant_needs_a_reason(state: str, act: str) -> None:
    case = in_state(state)
    hub = act not in ("withdraw",)
    role = Role.APPROVER if hub else Role.VILLAGE_CLERK
    for reason in ({}, {"reason": ""}, {"reason": "   "}):
        with pytest.raises(BadInput, match="reason_missing"):
            apply(case, entry(case, act, role, hub=hub, **reason), ALLOWANCE)


def test_decisions_notes_files_and_deliveries_leave_their_facts() -> None:
    case = in_state("DECIDED_GRANT")
    assert [case.fields[name] for name in ("decision", "decided_on", "decided_by")] == [
        "grant",
        "2026-09-21",
        "somebody",
    ]
    noted = entry(case, "note", text=" 已电话通知 ")
    assert apply(case, noted, ALLOWANCE).below("remarks")[noted.id]["text"] == "已电话通知"
    with pytest.raises(BadInput, match="note_empty"):
        apply(case, entry(case, "note", text="  "), ALLOWANCE)
    with pytest.raises(BadInput, match="materials_empty"):
        apply(in_state("RECEIVED"), entry(case, "supplement"), ALLOWANCE)
    filed = apply(case, entry(case, "attach", sha256="ab", material="m_form", name="a.pdf", size=3), ALLOWANCE)
    assert filed.fields["files.ab"] == {"material": "m_form", "name": "a.pdf", "size": 3}
    closed = in_state("CLOSED")
    handed = apply(closed, entry(closed, "deliver", recipient="陈秀英"), ALLOWANCE)
    assert handed.fields["delivery.receipt"] == {"recipient": "陈秀英"}
    assert handed.fields["delivered_on"] == "2026-09-21"


def test_an_unknown_act_is_refused_by_name() -> None:
    with pytest.raises(BadInput, match="unknown_act"):
        effect(taken(PENSION), entry(taken(PENSION), "approve"), PENSION)


def test_a_case_takes_the_id_of_the_act_that_opened_it_and_is_opened_once() -> None:
    case = taken(PENSION)
    assert case.id == case.history[0].op
    with pytest.raises(Refused, match="illegal_act"):
        apply(case, entry(case, "take"), PENSION)
    with pytest.raises(Refused, match="illegal_act"):
        apply(None, entry(None, "note", text="x"), PENSION)
    assert NEW not in set(State)
