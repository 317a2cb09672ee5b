"""The only way to change a case: what each act does, and when it is refused."""

from __future__ import annotations

import pytest
from reducer_cases import (
    ALLOWANCE,
    AMENDABLE,
    DAY_MS,
    INSURANCE,
    PENSION,
    RECORDS,
    START_MS,
    entry,
    in_state,
    taken,
    went,
)

from station.acts import EXTENSION_WORKING_DAYS
from station.case import HistoryLine
from station.case_states import (
    AFTER_DECISION,
    BEFORE_ACCEPTANCE,
    IN_HAND,
    NEW,
    Role,
    State,
)
from station.errors import BadInput, Refused
from station.item import REQUIRED
from station.item_record import item_of
from station.reducer import apply, effect, ordered


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
