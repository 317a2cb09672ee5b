"""What holds on every walk of a case through the state table, whatever happens on the way."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from reducer_cases import (
    AMENDABLE,
    DAY_MS,
    WALKED,
    entry,
    taken,
)

from station import canonical
from station.case import Case, HistoryLine
from station.case_states import (
    SAME,
    TABLE,
    Offline,
    Place,
    Row,
    State,
)
from station.errors import StationError
from station.item import Item
from station.operation import Entry
from station.reducer import apply, changed, ordered

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
