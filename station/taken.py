"""What the payload of an intake must be, whoever sends it: the one act that brings a whole case at once.

The desk checks every field with the rules of people and numbers; this is the shape that the reducer insists on.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any, Literal

import msgspec

from station.errors import BadInput

Text = Annotated[str, msgspec.Meta(max_length=4_000)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Got = Literal["original_seen", "paper", "copy", "ecert", "deferred", "missing"]


class Applicant(msgspec.Struct, frozen=True, kw_only=True):
    """The applicant's snapshot."""

    kind: Literal["person", "organisation"]
    name: Name
    id_kind: Name
    id_no: Name
    phone: Text = ""
    address: Text = ""


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """The payload of `take`. Fields that this version does not know are allowed, and kept where they came from."""

    number: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{12}$")]
    item: Name
    item_version: Annotated[int, msgspec.Meta(ge=1)]
    division: Annotated[str, msgspec.Meta(pattern=r"^[0-9]{4,12}$")]
    received_on: date
    channel: Name
    note: Text
    applicant: Applicant
    agent: dict[str, Text] = {}
    answers: dict[str, Any] = {}
    materials: dict[str, Got] = {}
    received_reason: Text = ""


def check_taken(args: Mapping[str, Any]) -> None:
    """Raises BadInput `payload_form` with the field that is not what it must be."""
    try:
        msgspec.convert(args, Taken)
    except msgspec.ValidationError as trouble:
        where = str(trouble).rpartition("`$.")[2].rstrip("`") if "`$." in str(trouble) else ""
        raise BadInput("payload_form", field=where) from None
