"""What the hub makes of an operation, as a pure function of what it holds."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from merge_ledger import EPOCH, OPENED, Ledger, choice

from station.operation import CHAIN_START, HUB, Base, chained
from sync import rules
from sync.conflict import SETTLED, Conflict


@pytest.fixture
def hub() -> Ledger:
    """A case that the village's laptop took, sequence 1."""
    made = Ledger()
    assert made.act("village", "take", 0, **OPENED).verdict.outcome == "applied"
    return made


# Clean


def test_an_act_that_nobody_came_before_simply_applies(hub: Ledger) -> None:
    done = hub.amend("village", 0, phone="1")
    assert (done.verdict.outcome, done.verdict.rule) == ("applied", "")
    assert hub.fields["applicant.phone"] == "1"
    assert done.line is not None
    assert done.line.rule is None


def test_different_fields_on_both_sides_both_survive(hub: Ledger) -> None:
    assert hub.amend("town", 1, phone="1").verdict.outcome == "applied"
    assert hub.amend("village", 1, address="2").verdict.outcome == "applied"
    assert (hub.fields["applicant.phone"], hub.fields["applicant.address"]) == ("1", "2")
    assert hub.conflicts == {}


def test_the_same_value_on_both_sides_is_no_conflict(hub: Ledger) -> None:
    hub.amend("town", 1, phone="1")
    assert hub.amend("village", 1, phone="1").verdict.outcome == "applied"
    assert hub.conflicts == {}


def test_a_value_that_the_other_side_put_back_to_what_was_seen_stands_in_nobodys_way(hub: Ledger) -> None:
    hub.amend("town", 1, phone="1")
    hub.amend("town", 2, phone="0")
    assert hub.amend("village", 1, phone="2").verdict.outcome == "applied"
    assert hub.fields["applicant.phone"] == "2"


def test_who_has_seen_the_other_value_replaces_it(hub: Ledger) -> None:
    hub.amend("town", 1, phone="1")
    assert hub.amend("village", 2, phone="2").verdict.outcome == "applied"


def test_a_device_is_not_in_conflict_with_itself(hub: Ledger) -> None:
    hub.amend("town", 1, address="town")
    for place in range(3):
        assert hub.amend("village", 1, phone=str(place)).verdict.outcome == "applied"
    hub.at_hub("accept")
    assert hub.amend("village", 1, phone="after").verdict == merged("DEC-2")
    assert hub.amend("village", 1, phone="and after").verdict == merged("DEC-2"), "its own merged act is no stranger's"
    assert hub.conflicts == {}


def merged(rule: str) -> Any:
    from sync.merge import Verdict  # noqa: PLC0415

    return Verdict("merged", rule)


# Conflicts


def test_two_values_for_one_field_are_a_conflict_and_the_first_at_the_hub_stands(hub: Ledger) -> None:
    first = hub.entry("town", "amend", 1, set={"phone": "1"})
    hub.take(first)
    second = hub.entry("village", "amend", 1, set={"phone": "2", "address": "here"})
    done = hub.take(second)
    assert (done.verdict.outcome, done.verdict.rule) == ("conflict", "FLD-1")
    assert (hub.fields["applicant.phone"], hub.fields["applicant.address"]) == ("1", "here")
    conflict = hub.conflicts["applicant.phone"]
    assert conflict.state == "open"
    assert (conflict.base, conflict.theirs("village").value, conflict.mine("village").value) == ("0", "1", "2")
    assert (conflict.mine("town").value, conflict.theirs("town").value) == ("1", "2")
    assert (conflict.theirs(HUB).value, conflict.mine(HUB).value) == ("1", "2")
    assert conflict.seen == [first.id, second.id]
    assert conflict.owner == "village"
    assert done.line is not None
    assert done.line.rule == "FLD-1"


@pytest.mark.parametrize(
    ("name", "field", "one", "other"),
    [
        ("note", "note", "一", "二"),
        ("agent.name", "agent.name", "甲", "乙"),
        ("answers.q", "answers.q", 1, 2),
        ("delivery.to", "delivery.to", "家", "村"),
        ("phone", "applicant.phone", "1", None),
    ],
)
def test_every_field_that_people_type_can_be_in_conflict(
    hub: Ledger, name: str, field: str, one: Any, other: Any
) -> None:
    hub.amend("town", 1, **{name: one})
    assert hub.amend("village", 1, **{name: other}).verdict.rule == "FLD-1"
    assert [each.value for each in hub.conflicts[field].candidates] == [one, other]


def test_a_material_said_to_be_two_things_is_a_conflict(hub: Ledger) -> None:
    hub.act("town", "supplement", 1, materials={"m_form": "copy"})
    done = hub.act("village", "supplement", 1, materials={"m_form": "ecert"})
    assert (done.verdict.outcome, done.verdict.rule) == ("conflict", "FLD-1")
    assert hub.fields["materials.m_form"] == "copy"


def test_notes_and_files_never_conflict(hub: Ledger) -> None:
    for device in ("town", "village"):
        assert hub.act(device, "note", 1, text=f"by {device}").verdict.outcome == "applied"
        args = {"sha256": "ab", "material": "m_form", "name": device, "size": 1}
        assert hub.act(device, "attach", 1, **args).verdict.outcome == "applied"
    assert len([name for name in hub.fields if name.startswith("remarks.")]) == 2


def test_an_identity_goes_before_a_person_whole(hub: Ledger) -> None:
    hub.amend("town", 1, id_no="B")
    done = hub.amend("village", 1, id_kind="passport", id_no="C", phone="1")
    assert (done.verdict.outcome, done.verdict.rule) == ("conflict", "ID-1")
    assert set(hub.conflicts) == {"applicant.id_kind", "applicant.id_no"}
    assert (hub.fields["applicant.id_kind"], hub.fields["applicant.id_no"]) == ("resident_id", "B")
    assert hub.fields["applicant.phone"] == "1"


def test_halves_of_two_identities_never_become_one(hub: Ledger) -> None:
    hub.amend("town", 1, id_kind="passport")
    done = hub.amend("village", 1, id_no="C")
    assert (done.verdict.outcome, done.verdict.rule) == ("conflict", "ID-1")
    assert (hub.fields["applicant.id_kind"], hub.fields["applicant.id_no"]) == ("passport", "A")
    assert [each.value for each in hub.conflicts["applicant.id_no"].candidates] == ["A", "C"]


def test_a_name_changed_on_both_sides_is_a_matter_of_identity_and_the_graver_reason_is_shown(hub: Ledger) -> None:
    hub.amend("town", 1, name="陈秀兰", phone="1")
    assert hub.amend("village", 1, phone="2", name="陈秀芝").verdict.rule == "ID-1"
    assert {each.field: each.rule for each in hub.conflicts.values()} == {
        "applicant.name": "ID-1",
        "applicant.phone": "FLD-1",
    }


def test_a_third_value_joins_the_conflict_that_is_open_and_shows_what_stands_now(hub: Ledger) -> None:
    hub.amend("town", 1, phone="1")
    hub.amend("village", 1, phone="2")
    hub.amend("town", 2, phone="3")
    hub.amend("other", 1, phone="4")
    (conflict,) = hub.every_conflict.values()
    assert [each.value for each in conflict.candidates] == ["3", "1", "2", "4"]
    assert conflict.stands.value == hub.fields["applicant.phone"] == "3"


def test_of_an_unknown_hub_epoch_nothing_counts_as_seen(hub: Ledger) -> None:
    hub.amend("town", 1, phone="1")
    entry = hub.entry("village", "amend", 2, set={"phone": "2"})
    stranger = msgspec.structs.replace(entry.op, base=Base(EPOCH + 1, 99))
    assert hub.take(chained(stranger, CHAIN_START)).verdict.outcome == "conflict"
    own = msgspec.structs.replace(entry.op, base=Base(EPOCH + 1, 99), args={"set": {"address": "2"}})
    assert hub.take(chained(own, CHAIN_START)).verdict.outcome == "applied"


# Settling


def disputed(hub: Ledger) -> Conflict:
    hub.amend("town", 1, phone="1")
    hub.amend("village", 1, phone="2")
    return hub.conflicts["applicant.phone"]


@pytest.mark.parametrize("value", ["1", "2", "3"])
def test_a_choice_that_names_what_is_on_the_table_settles(hub: Ledger, value: str) -> None:
    conflict = disputed(hub)
    done = hub.act("village", "settle", 3, **choice(conflict, value))
    assert done.verdict.outcome == "applied"
    assert hub.fields["applicant.phone"] == value
    assert hub.conflicts == {}
    closed = hub.every_conflict[conflict.id]
    assert (closed.state, closed.settled_by, closed.reason) == (SETTLED, "clerk of village", "核实")
    assert closed.candidates == conflict.candidates, "what was not chosen can still be read"


def test_a_candidate_that_came_later_opens_it_again_with_the_choice_among_the_values(hub: Ledger) -> None:
    seen = disputed(hub)
    hub.amend("other", 1, phone="4")
    done = hub.act("village", "settle", 3, **choice(seen, "2"))
    assert (done.verdict.outcome, done.verdict.rule) == ("conflict", "FLD-1")
    assert hub.fields["applicant.phone"] == "1"
    again = hub.conflicts["applicant.phone"]
    assert again.id == seen.id
    assert [each.value for each in again.candidates] == ["1", "2", "4", "2"]
    assert hub.act("village", "settle", 5, **choice(again, "2")).verdict.outcome == "applied"
    assert hub.conflicts == {}


def test_a_value_that_came_to_stand_meanwhile_opens_it_again(hub: Ledger) -> None:
    seen = disputed(hub)
    hub.amend("town", 3, phone="5")
    assert hub.act("village", "settle", 3, **choice(seen, "2")).verdict.outcome == "conflict"
    again = hub.conflicts["applicant.phone"]
    assert [each.value for each in again.candidates] == ["5", "1", "2", "2"]
    assert again.stands.value == hub.fields["applicant.phone"]
    assert hub.act("town", "settle", 5, **choice(again, "5")).verdict.outcome == "applied"


@pytest.mark.parametrize("seen", [[], None, ["x"]])
def test_a_choice_that_names_other_candidates_settles_nothing(hub: Ledger, seen: Any) -> None:
    conflict = disputed(hub)
    assert hub.act("village", "settle", 3, **choice(conflict, "2", seen=seen)).verdict.outcome == "conflict"
    assert hub.fields["applicant.phone"] == "1"


def test_what_is_settled_or_unknown_is_not_settled_again(hub: Ledger) -> None:
    conflict = disputed(hub)
    hub.act("village", "settle", 3, **choice(conflict, "2"))
    for args in (choice(conflict, "1"), choice(conflict, "1", conflict="unknown")):
        done = hub.act("town", "settle", 3, **args)
        assert (done.verdict.outcome, done.verdict.code) == ("rejected", "conflict_not_open")
    assert hub.fields["applicant.phone"] == "2"


# Stale acts


def test_an_act_that_the_state_no_longer_allows_is_refused_by_name(hub: Ledger) -> None:
    hub.at_hub("not_accept", reason="不属于本机关职权")
    done = hub.act("village", "supplement", 1, materials={"m_form": "paper"})
    assert (done.verdict.outcome, done.verdict.rule, done.verdict.code) == ("rejected", "TR-1", "illegal_act")
    assert done.writes == {}
    assert done.line is not None
    assert done.line.rule == "TR-1"


def test_who_could_have_known_is_refused_without_a_rule(hub: Ledger) -> None:
    hub.at_hub("not_accept", reason="不属于本机关职权")
    done = hub.act("village", "supplement", hub.seq, materials={"m_form": "paper"})
    assert (done.verdict.outcome, done.verdict.rule) == ("rejected", "")


def test_an_act_that_no_desk_would_journal_is_set_aside(hub: Ledger) -> None:
    for done in (hub.act("village", "note", 1, text=""), hub.act("village", "approve", 1)):
        assert (done.verdict.outcome, done.verdict.rule) == ("quarantined", "BAD-1")
        assert done.writes == {}


def test_nothing_is_decided_while_an_identity_is_in_conflict(hub: Ledger) -> None:
    hub.amend("town", 1, name="陈秀兰")
    hub.amend("village", 1, name="陈秀芝")
    hub.at_hub("accept")
    hub.at_hub("forward")
    done = hub.at_hub("decide", outcome="grant")
    assert (done.verdict.outcome, done.verdict.rule, done.verdict.code) == ("rejected", "ID-1", "identity_in_conflict")
    assert hub.fields["status"] == "REVIEW_TOWN"


@pytest.mark.parametrize(
    ("act", "args"),
    [("amend", {"set": {"phone": "2"}}), ("note", {"text": "x"}), ("supplement", {"materials": {"m_form": "copy"}})],
)
def test_an_act_on_a_case_that_was_voided_does_not_bring_it_back(hub: Ledger, act: str, args: Any) -> None:
    hub.at_hub("void", reason="误录")
    done = hub.act("village", act, 1, **args)
    assert (done.verdict.outcome, done.verdict.rule) == ("rejected", "DEL-1")
    assert hub.fields["status"] == "VOID"


def test_a_withdrawal_after_acceptance_is_a_request(hub: Ledger) -> None:
    hub.at_hub("accept")
    entry = hub.entry("village", "withdraw", 1, reason="不办了")
    assert hub.take(entry).verdict == merged("WD-1")
    assert hub.fields["status"] == "ACCEPTED"
    assert hub.fields[f"requests.{entry.id}"]["act"] == "withdraw"


def test_an_amendment_that_meets_a_decision_is_a_request_and_one_still_free_applies(hub: Ledger) -> None:
    hub.at_hub("accept")
    free = hub.amend("village", 1, phone="1")
    assert free.verdict == merged("DEC-2")
    assert hub.fields["applicant.phone"] == "1"
    late = hub.amend("village", 1, name="陈秀兰")
    assert late.verdict == merged("DEC-1")
    assert hub.fields["applicant.name"] == "陈秀英"
    hub.at_hub("forward")
    hub.at_hub("decide", outcome="grant")
    decided = hub.amend("village", 1, phone="2")
    assert decided.verdict == merged("DEC-1")
    assert hub.fields["applicant.phone"] == "1"
    assert len([name for name in hub.fields if name.startswith("requests.")]) == 2


def test_an_act_that_is_still_legal_although_the_case_moved_on_applies_by_name(hub: Ledger) -> None:
    hub.at_hub("accept")
    assert hub.act("village", "note", 1, text="x").verdict == merged("TR-2")
    assert hub.act("village", "supplement", 1, materials={"m_form": "copy"}).verdict == merged("TR-2")


def test_every_rule_has_a_version_and_says_before_whom_it_parks_or_that_nobody_need_look() -> None:
    assert len({rule.id for rule in rules.RULES}) == len(rules.RULES)
    for rule in rules.RULES:
        assert rule.version >= 1
        assert rule.situation
        assert rule.legal_effect
    assert {rule.id for rule in rules.RULES if not rule.parks_before} == {"DEC-1", "DEC-2", "TR-2"}
