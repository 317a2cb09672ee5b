"""What the hub makes of an operation, as a pure function; and a city of devices in memory that never loses a value."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from station.case import Case
from station.case_states import Role
from station.item import Item, Material
from station.operation import CHAIN_START, HUB, Base, Entry, Operation, chained
from station.reducer import changed
from sync import rules
from sync.conflict import OPEN, SETTLED, Conflict
from sync.merge import Held, Mark, Outcome, Written, judge, still_open

EPOCH = 1
ITEM = Item(
    code="X",
    version=1,
    name="示例",
    decide_level="town",
    village_role="accept_and_forward",
    materials=(Material("m_form", "申请表"),),
)
OPENED = {
    "item": "X",
    "item_version": 1,
    "number": "260000000010",
    "division": "350212103201",
    "received_on": "2026-09-21",
    "channel": "counter",
    "note": "",
    "applicant": {
        "kind": "person",
        "name": "陈秀英",
        "id_kind": "resident_id",
        "id_no": "A",
        "phone": "0",
        "address": "0",
    },
    "agent": {},
    "answers": {},
    "materials": {"m_form": "paper"},
}


class Ledger:
    """A hub of one case in memory: what the real ledger does with an outcome, and nothing else."""

    def __init__(self) -> None:
        self.case: Case | None = None
        self.seq = 0
        self.marks: dict[str, Mark] = {}
        self.conflicts: dict[str, Conflict] = {}
        self.every_conflict: dict[str, Conflict] = {}
        self.log: list[tuple[int, str, Any, Written]] = []
        self.dseqs: dict[str, int] = {}
        self.outcomes: dict[str, Outcome] = {}

    def held(self) -> Held:
        return Held(self.case, self.marks, self.conflicts, self.value_at, self.written)

    def value_at(self, name: str, base: int) -> Any:
        values = [value for seq, field, value, _ in self.log if field == name and seq <= base]
        return values[-1] if values else None

    def written(self, name: str) -> Written:
        return next(who for _, field, _, who in reversed(self.log) if field == name)

    def entry(self, device: str, act: str, base: int, role: str = Role.VILLAGE_CLERK, **args: Any) -> Entry:
        """The next act of a device that had seen the case at `base`."""
        self.dseqs[device] = self.dseqs.get(device, 0) + 1
        op = Operation(
            device=device,
            epoch=1,
            dseq=self.dseqs[device],
            act=act,
            case=self.case.id if self.case else "",
            clerk=f"clerk of {device}",
            role=role,
            at=1_790_000_000_000 + sum(self.dseqs.values()),
            base=Base(EPOCH, base),
            salt=device,
            args=args,
        )
        return chained(op, CHAIN_START)

    def take(self, entry: Entry) -> Outcome:
        """Judges and applies."""
        outcome = judge(self.held(), entry, ITEM, EPOCH)
        self.seq += 1
        op, writer = entry.op, Written(entry.id, entry.op.clerk, entry.op.device, entry.op.at)
        if outcome.line is not None:
            line = msgspec.structs.replace(outcome.line, seq=self.seq)
            self.case = changed(self.case, entry.case_id, outcome.writes, (line,))
        for name, value in outcome.writes.items():
            self.marks[name] = Mark(self.seq, op.device, outcome.verdict.outcome != "applied")
            self.log.append((self.seq, name, value, writer))
        for conflict in outcome.conflicts:
            self.every_conflict[conflict.id] = conflict
            if conflict.state == OPEN:
                self.conflicts[conflict.field] = conflict
            else:
                self.conflicts.pop(conflict.field, None)
        self.outcomes[entry.id] = outcome
        return outcome

    def act(self, device: str, act: str, base: int, role: str = Role.VILLAGE_CLERK, **args: Any) -> Outcome:
        return self.take(self.entry(device, act, base, role, **args))

    def amend(self, device: str, base: int, **wanted: Any) -> Outcome:
        return self.act(device, "amend", base, set=wanted)

    def at_hub(self, act: str, **args: Any) -> Outcome:
        return self.act(HUB, act, self.seq, Role.APPROVER, **args)

    @property
    def fields(self) -> Any:
        assert self.case is not None
        return self.case.fields


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
    assert still_open(conflict)
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


def choice(of: Conflict, value: Any, **more: Any) -> dict[str, Any]:
    return {
        "conflict": of.id,
        "field": of.field,
        "value": value,
        "seen": of.seen,
        "reason": "核实",
    } | more


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


# A city in memory: devices that look, type, and reach the hub in their own order

KEYS = {"phone": "applicant.phone", "address": "applicant.address", "name": "applicant.name", "note": "note"}
DEVICES = ("village", "town", "other")
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("type"), st.sampled_from(DEVICES), st.sampled_from(sorted(KEYS))),
        st.tuples(st.just("look"), st.sampled_from(DEVICES), st.just("")),
        st.tuples(st.just("reach"), st.sampled_from(DEVICES), st.just("")),
        st.tuples(st.just("settle"), st.sampled_from(DEVICES), st.sampled_from(["mine", "theirs"])),
        st.tuples(st.just("hub"), st.sampled_from(["accept", "ask_correction", "forward", "decide"]), st.just("")),
    ),
    max_size=25,
)


class Device:
    """What a device has seen, and what it has yet to say."""

    def __init__(self) -> None:
        self.base = 1
        self.outbox: list[Entry] = []
        self.shown: dict[str, Any] = {}
        self.conflicts: dict[str, Conflict] = {}


class Town:
    """Devices around one hub. `typed` keeps every value that was typed, `bases` what its author had seen."""

    def __init__(self) -> None:
        self.hub = Ledger()
        self.hub.act("village", "take", 0, **OPENED)
        self.devices = {name: Device() for name in DEVICES}
        self.typed: dict[str, tuple[str, Any]] = {}
        self.bases: dict[str, int] = {}
        for name in DEVICES:
            self.look(name)

    def look(self, name: str) -> None:
        """A pull: it comes with the verdicts, so nothing waits in the outbox."""
        self.reach(name)
        device = self.devices[name]
        device.base, device.shown = self.hub.seq, dict(self.hub.fields)
        device.conflicts = dict(self.hub.conflicts)

    def type(self, name: str, key: str) -> None:
        value = f"{key} {len(self.typed)} of {name}"
        entry = self.hub.entry(name, "amend", self.devices[name].base, set={key: value})
        self.typed[entry.id] = (KEYS[key], value)
        self.bases[entry.id] = entry.op.base.seq
        self.devices[name].outbox.append(entry)

    def settle(self, name: str, take: str) -> None:
        device = self.devices[name]
        for conflict in device.conflicts.values():
            value = conflict.chosen(take, None, name)
            entry = self.hub.entry(name, "settle", device.base, **choice(conflict, value))
            device.outbox.append(entry)
        device.conflicts = {}

    def reach(self, name: str) -> None:
        device = self.devices[name]
        for entry in device.outbox:
            self.hub.take(entry)
        device.outbox = []

    def run(self, steps: list[tuple[str, str, str]]) -> None:
        for step, who, what in steps:
            if step == "hub":
                outcome = {"outcome": "grant"} if who == "decide" else {}
                self.hub.at_hub(who, **outcome)
            elif step in ("type", "settle"):
                getattr(self, step)(who, what)
            else:
                getattr(self, step)(who)
        for name in DEVICES:
            self.reach(name)

    def kept(self, entry_id: str) -> bool:
        """The value stands, stood before somebody who had seen it, waits, or was refused by name before its author."""
        field, value = self.typed[entry_id]
        outcome = self.hub.outcomes[entry_id]
        candidates = [each for conflict in self.hub.every_conflict.values() for each in conflict.candidates]
        if outcome.verdict.outcome == "conflict":
            return (entry_id, value) in [(each.op, each.value) for each in candidates]
        if outcome.verdict.outcome == "rejected":
            return bool(outcome.verdict.code)
        request = self.hub.fields.get(f"requests.{entry_id}")
        if request is not None:
            return bool(request["set"] == {field: value}) and outcome.verdict.rule in ("", "DEC-1")
        return any(who.op == entry_id and logged == value for _, _, logged, who in self.hub.log)


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_no_value_that_somebody_typed_disappears_without_a_rule_or_a_conflict(steps: Any) -> None:
    town = Town()
    town.run(steps)
    for entry_id in town.typed:
        assert town.kept(entry_id), town.typed[entry_id]
    for conflict in town.hub.conflicts.values():
        assert conflict.stands.value == town.hub.fields.get(conflict.field), "what is shown as standing does stand"


@settings(max_examples=300, deadline=None)
@given(STEPS)
def test_nobody_replaces_a_value_of_another_device_that_he_was_never_shown(steps: Any) -> None:
    town = Town()
    town.run(steps)
    last: dict[str, tuple[int, Any, Written]] = {}
    for seq, field, value, who in town.hub.log:
        before = last.get(field)
        if before is not None and who.op in town.bases and before[2].station not in (who.station, HUB):
            seen = before[0] <= town.bases[who.op]
            same = value == before[1]
            put_back = before[1] == town.hub.value_at(field, town.bases[who.op])
            assert seen or same or put_back, (field, before, value)
        last[field] = (seq, value, who)


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_writes_of_people_who_looked_first_never_conflict(steps: Any) -> None:
    town = Town()
    for step, who, what in steps:
        if step == "type":
            town.look(who)
            town.type(who, what)
            town.reach(who)
    for entry_id, (_, _value) in town.typed.items():
        assert town.hub.outcomes[entry_id].verdict.outcome == "applied"
    assert town.hub.every_conflict == {}


@settings(max_examples=150, deadline=None)
@given(STEPS, st.sampled_from(["mine", "theirs"]))
def test_once_everybody_has_looked_and_one_has_settled_nothing_is_open(steps: Any, take: str) -> None:
    town = Town()
    town.run([step for step in steps if step[0] != "hub"])
    town.look("town")
    town.settle("town", take)
    town.reach("town")
    assert town.hub.conflicts == {}
    assert all(each.state == SETTLED for each in town.hub.every_conflict.values())
