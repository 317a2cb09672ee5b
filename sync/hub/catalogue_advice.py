"""What a publisher should look at again, and may leave: a city's catalogue health check, as far as there is data.

Source: the rules that Wenzhou checks its items by (即办 and 即办件, visits, fees, contacts), and what a village
stumbles over.
Each check yields (code, field, value).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from station.item import REQUIRED, Item
from sync.hub.item_lint import Raw

ON_THE_SPOT_CASE = "1"  # 即办件, code set case_type
PROMISED_CASE = "2"  # 承诺件
LICENCE = "01"  # 行政许可, code set item_type
LICENCE_STEPS_MIN = 5  # 受理 审核 审批 办结 送达
AT_ONCE_DAYS = 1  # a promise of one working day is still 即办 to the cities that write it so


def of_item(item: Item, record: Mapping[str, Any]) -> Iterator[Raw]:
    """All advice on one item that could be decoded."""
    for check in _CHECKS:
        yield from check(item, record)


def _case_type(item: Item, _record: Mapping[str, Any]) -> Iterator[Raw]:
    at_once = item.limit_unit == "即办" or item.promised_limit == 0
    if at_once and item.case_type != ON_THE_SPOT_CASE:
        yield "at_once_not_on_the_spot", "case_type", item.case_type
    slow = item.promised_limit is not None and item.promised_limit > AT_ONCE_DAYS
    if not at_once and slow and item.case_type != PROMISED_CASE:
        yield "on_the_spot_not_at_once", "case_type", item.case_type


def _visits(_item: Item, record: Mapping[str, Any]) -> Iterator[Raw]:
    visits = record.get("visits")
    if visits not in (None, 0, "0", "0次") and "visits_reason" in record and not record["visits_reason"]:
        yield "visits_without_reason", "visits_reason", visits
    if visits in (0, "0", "0次") and "4" not in _forms(record) and not {"2", "3"} & _forms(record):
        yield "no_visit_no_way", "handling_form", record.get("handling_form")


def _forms(record: Mapping[str, Any]) -> set[str]:
    return set(str(record.get("handling_form") or "").replace("^", ",").split(","))


def _fees(_item: Item, record: Mapping[str, Any]) -> Iterator[Raw]:
    charged = record.get("charge") in ("是", "1", 1, True)
    if charged and not (record.get("fee_basis") and record.get("fee_items")):
        yield "fee_without_basis", "fee_basis", None
    if not charged and record.get("pay_online") in ("是", "1", 1, True):
        yield "online_pay_without_fee", "pay_online", record["pay_online"]


def _contacts(_item: Item, record: Mapping[str, Any]) -> Iterator[Raw]:
    asking, complaining = record.get("link_way"), record.get("supervise_way")
    if asking and asking == complaining:
        yield "contacts_same", "supervise_way", None
    for key, value in (("link_way", asking), ("supervise_way", complaining)):
        if value and not str(value).startswith(("0", "1")):
            yield "contact_without_area", key, None


def _licence(item: Item, record: Mapping[str, Any]) -> Iterator[Raw]:
    if item.item_type == LICENCE and len(item.flow) < LICENCE_STEPS_MIN:
        yield "licence_steps_few", "flow", len(item.flow)
    if not item.result and record.get("result_sample"):
        yield "result_unnamed", "result", None


def _materials(item: Item, _record: Mapping[str, Any]) -> Iterator[Raw]:
    """A conditional material that no answer asks for will never be asked for."""
    asked_for = {material for asked in item.askables for option in asked.options for material in option.materials}
    for number, material in enumerate(item.materials):
        if material.necessity != REQUIRED and material.id not in asked_for:
            yield "material_unreached", f"materials[{number}]", material.name


def _conditions(item: Item, _record: Mapping[str, Any]) -> Iterator[Raw]:
    """A condition on a value that the other question does not offer never holds."""
    for asked in item.askables:
        decider = item.askable(asked.show_if.field) if asked.show_if else None
        if asked.show_if and decider and decider.options:
            offered = {option.value for option in decider.options}
            if offered.isdisjoint(asked.show_if.among):
                yield "condition_never_holds", f"{asked.id}.show_if.among", asked.show_if.field


def _village(item: Item, _record: Mapping[str, Any]) -> Iterator[Raw]:
    if item.offline_accept and not item.offline_intake:
        yield "offline_accept_without_intake", "offline_accept", None
    if item.promised_limit is None and item.statutory_limit is None:
        yield "no_limit", "promised_limit", None


_CHECKS: tuple[Callable[[Item, Mapping[str, Any]], Iterator[Raw]], ...] = (
    _case_type,
    _visits,
    _fees,
    _contacts,
    _licence,
    _materials,
    _conditions,
    _village,
)
