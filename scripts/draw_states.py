"""Draws `docs/case-states.md` from the state table, with the names of states, acts and roles in Chinese.

python scripts/draw_states.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from drawn_document import table, write_or_check

from screens.words import Words
from station.case_states import BACK, NAMES, NEW, ROUTE, SAME, TABLE, Place, Role, Row, State

WORDS = Words("zh-Hans")
MARKS = {
    NEW: "`-` 尚无办件",
    SAME: "`=` 状态不变",
    BACK: "`<` 回到原处",
    ROUTE: "`>` 按决定层级",
}

HEAD = """\
# The states of a case 办件状态

Drawn from `station/case_states.py` by `scripts/draw_states.py`; change the table there and draw again.

The names are those of the glossary. There is no single official list of states: this one follows 行政许可法 (the
Administrative Licensing Law) and the practice at counters, and is mapped to others at the hub.
"""
MARKS_TEXT = """\
Marks: `-` no case yet, `=` the state stays, `<` back to where the case came from, `>` to the level that decides.
“Offline” speaks of a station only; the hub may do whatever its row allows. Articles without the name of a law are of
行政许可法.
"""


def drawn() -> str:
    """The whole document."""
    parts = [
        HEAD,
        "## States\n",
        table(("id", "中文", "ways out"), [(f"`{state}`", NAMES[state], str(ways_out(state))) for state in State]),
        "## Who acts\n",
        table(("id", "中文"), [(f"`{role}`", WORDS.role(role)) for role in Role]),
        "## Acts\n",
        MARKS_TEXT,
        table(
            ("from", "act", "to", "who", "where", "offline", "paper", "clock", "source"),
            [cells(row) for row in TABLE],
        ),
        "## Picture\n",
        "Acts that leave the state as it is, and those of a mistaken case (作废, 恢复作废件), are left out.\n",
        "```mermaid\n" + picture() + "```\n",
    ]
    return "\n".join(parts)


def ways_out(state: State) -> int:
    """How many acts lead out of a state."""
    return len({row.act for row in TABLE if row.frm == state and row.to != SAME})


def cells(row: Row) -> tuple[str, ...]:
    """One row of the table of acts."""
    act = f"`{row.act}` {WORDS.act(row.act)}"
    return (
        _state(row.frm),
        f"{act}, `{row.when}`" if row.when else act,
        "a request to the decider 转为申请" if row.request else _state(row.to),
        "<br>".join(f"`{role}` {WORDS.role(role)}" for role in Role if role in row.roles),
        "、".join(WORDS.say(f"place.{place}") for place in Place if place in row.places),
        WORDS.say(f"offline.{row.offline}") if Place.STATION in row.places else "",
        row.paper,
        row.clock,
        row.source,
    )


def picture() -> str:
    """The ways between states as a Mermaid diagram; acts between the same two states share an arrow."""
    ways: dict[tuple[str, str], list[str]] = {}
    for row in TABLE:
        for to in targets(row):
            acts = ways.setdefault((row.frm, to), [])
            if row.act not in acts:
                acts.append(row.act)
    lines = ["stateDiagram-v2", *(f'    state "{NAMES[state]}" as {state}' for state in State if state != State.VOID)]
    for (frm, to), acts in ways.items():
        begin = "[*]" if frm == NEW else frm
        lines.append(f"    {begin} --> {to}: {'、'.join(WORDS.act(act) for act in acts)}")
    lines += [f"    {state} --> [*]" for state in State if state == State.ARCHIVED]
    return "\n".join(lines) + "\n"


def targets(row: Row) -> tuple[str, ...]:
    """The states to which a row leads in the picture."""
    if row.to == SAME or State.VOID in (row.frm, row.to):
        return ()
    if row.to == ROUTE:
        return (State.REVIEW_TOWN, State.REVIEW_DEPT)
    if row.to == BACK:  # only where another row leads here from
        return tuple(dict.fromkeys(other.frm for other in TABLE if other.to == row.frm))
    return (row.to,)


def _state(state: str) -> str:
    return MARKS[state] if state in MARKS else f"`{state}` {NAMES[State(state)]}"


def main(argv: Sequence[str] | None = None) -> int:
    """Writes or checks the document."""
    return write_or_check("case-states.md", drawn(), argv)


if __name__ == "__main__":
    sys.exit(main())
