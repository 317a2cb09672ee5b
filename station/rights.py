"""Who may do what, and where: role, scope and the item's own rights, checked before an act is journalled or applied.

The reducer does not ask these questions again: an operation in the journal was allowed when it was made.
"""

from __future__ import annotations

import msgspec

from station.case import Case
from station.case_states import NEW, Offline, Place, Role, Row, rows
from station.errors import Refused
from station.item import Item

ALL_BODIES = "all"

# 村级受理权限: the village roles of an item that include acceptance (鹿泉区 list: 村级负责受理 and 村级直接办结).
VILLAGE_ACCEPTS = frozenset({"accept_and_forward", "accept_and_decide", "decide_on_spot"})
VILLAGE_DECIDES = frozenset({"accept_and_decide", "decide_on_spot"})
GUIDE_ONLY = "guide_only"
TOWN_DECIDES = frozenset({"town", "town_or_district", "village"})


class Actor(msgspec.Struct, frozen=True):
    """A person at work. `division` is the code of the place whose cases are theirs, with all below it."""

    name: str
    role: str
    division: str
    bodies: tuple[str, ...] = ()
    place: Place = Place.STATION


def permitted(case: Case | None, act: str, actor: Actor, item: Item, when: str = "") -> Row:
    """The row of the state table under which the actor may do this act now.

    Raises Refused: `illegal_act` (state), `not_your_role`, `needs_hub`, `not_own_division`, `not_own_item`,
    `four_eyes`, and the item's own: `item_no_village_accept`, `item_no_village_notice`, `item_not_on_spot`.
    """
    row = chosen_row(case, act, actor.role, actor.place, when)
    if case is not None:
        _in_scope(case, actor)
    _item_allows(row, actor, item)
    if case is not None and act == "decide":
        _four_eyes(case, row, actor)
    return row


def chosen_row(case: Case | None, act: str, role: str, place: Place, when: str = "") -> Row:
    """The row for this state, act, role and place; on-line rows of a station are refused with `needs_hub`."""
    frm = NEW if case is None else case.status
    legal = [row for row in rows(frm, act) if row.when in ("", when)]
    if not legal:
        raise Refused("illegal_act", act=act, status=frm)
    mine = [row for row in legal if role in row.roles]
    if not mine:
        raise Refused("not_your_role", act=act, role=role, status=frm)
    here = [row for row in mine if place in row.places]
    if place == Place.STATION:
        here = [row for row in here if row.offline != Offline.NO]
    if not here:
        raise Refused("needs_hub", act=act, status=frm)
    return here[0]


def _in_scope(case: Case, actor: Actor) -> None:
    if not case.text("division").startswith(actor.division):
        raise Refused("not_own_division", division=case.text("division"))


def _item_allows(row: Row, actor: Actor, item: Item) -> None:
    if actor.role == Role.APPROVER and ALL_BODIES not in actor.bodies and item.dept_code not in actor.bodies:
        raise Refused("not_own_item", item=item.code)
    if actor.role == Role.TOWN_REVIEWER and row.act in ("decide", "close") and item.decide_level not in TOWN_DECIDES:
        raise Refused("not_own_item", item=item.code)
    if actor.role == Role.VILLAGE_CLERK:
        _village_may(row, item)
    if row.offline == Offline.DECIDE:
        _counter_decides(actor, item)


def _village_may(row: Row, item: Item) -> None:
    if row.offline == Offline.ACCEPT and item.village_role not in VILLAGE_ACCEPTS:
        raise Refused("item_no_village_accept", item=item.code)
    if row.offline == Offline.NOTICE and item.village_role not in VILLAGE_ACCEPTS:
        raise Refused("item_no_village_notice", item=item.code)
    if row.offline == Offline.DECIDE and item.village_role not in VILLAGE_DECIDES:
        raise Refused("item_not_on_spot", item=item.code)


def _counter_decides(actor: Actor, item: Item) -> None:
    """The row of on-the-spot items is for them alone; what needs a check on line is decided at the hub only."""
    here = on_the_spot(item) if actor.place == Place.STATION else item.village_role in VILLAGE_DECIDES
    if not here:
        raise Refused("item_not_on_spot", item=item.code)


def on_the_spot(item: Item) -> bool:
    """Whether a station may decide this item by itself: 即办, decided there, and no check on line."""
    return item.offline_accept and item.village_role in VILLAGE_DECIDES


def _four_eyes(case: Case, row: Row, actor: Actor) -> None:
    """Nobody decides a case that he took in; an on-the-spot item is decided at the counter by its nature."""
    if row.offline != Offline.DECIDE and case.text("taken_by") == actor.name:
        raise Refused("four_eyes", act=row.act)
