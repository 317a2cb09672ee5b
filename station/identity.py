"""Who an applicant is: one door to the rules of every kind of identity number that a counter meets.

Each trouble is a BadInput with its own code; a warning is for the clerk's eye and never stops the work.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial

from station.errors import BadInput
from station.identity_number import CheckedIdentity
from station.organisation_code import check_org_pseudo, check_uscc
from station.resident_id import check_foreign_permanent, check_hmt_residence, check_resident_id
from station.travel_document import check_travel_document

__all__ = ["ID_KINDS", "ORGANISATION_KINDS", "PERSON_KINDS", "CheckedIdentity", "check_identity"]

_DATED: dict[str, Callable[[str, date, str], CheckedIdentity]] = {
    "resident_id": check_resident_id,
    "hmt_residence": check_hmt_residence,
    "foreign_permanent": check_foreign_permanent,
}
_UNDATED: dict[str, Callable[[str, str], CheckedIdentity]] = {
    "passport": partial(check_travel_document, "passport"),
    "hm_permit": partial(check_travel_document, "hm_permit"),
    "tw_permit": partial(check_travel_document, "tw_permit"),
    "uscc": check_uscc,
    "org_pseudo": check_org_pseudo,
}

ID_KINDS = (*_DATED, *_UNDATED)
ORGANISATION_KINDS = ("uscc", "org_pseudo")
PERSON_KINDS = tuple(kind for kind in ID_KINDS if kind not in ORGANISATION_KINDS)


def check_identity(id_kind: str, id_no: str, today: date, field: str) -> CheckedIdentity:
    """The number in its normal form, with warnings. `today` is the day in China. Raises BadInput at `field`."""
    if id_kind in _DATED:
        return _DATED[id_kind](id_no, today, field)
    if id_kind in _UNDATED:
        return _UNDATED[id_kind](id_no, field)
    raise BadInput("id_kind_unknown", field=field, known=ID_KINDS)
