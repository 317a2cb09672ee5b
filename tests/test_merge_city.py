"""A city of devices in memory that look, type, and reach the hub in their own order: no value is ever lost."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from merge_ledger import OPENED, Ledger, choice

from station.operation import HUB, Entry
from sync.conflict import SETTLED, Conflict
from sync.merge import Written

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
