"""First contact: a code on paper makes the hub and a new station known to each other. The code itself never travels.

Code -> an id (sent, and kept by the hub) and a key (never sent, kept by the hub). Both documents carry a MAC under that
key: a forged hub cannot answer and a stranger cannot ask, even over a connection whose certificate nobody checked.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from station import canonical
from station.errors import BadInput, HubRefused, NotAuthorised, NotOurHub
from station.ports import Chance
from sync import signatures
from sync.limits import Limits
from sync.strict_json import strict_json

CODE_BYTES: Final = 10  # 80 bits: 16 characters, nothing to grind within its day nor afterwards
CODE_KEY_BYTES: Final = 32
NONCE_BYTES: Final = 16
LIMITS: Final = Limits(block_bytes=256 * 1024, depth=8)
_ALPHABET: Final = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: no I, L, O, U
_READ_AS: Final = str.maketrans({"O": "0", "I": "1", "L": "1"})
_CHARACTERS: Final = 16
_GROUP: Final = 4
_PERSON_ID: Final = b"vc-enrol-id"
_PERSON_KEY: Final = b"vc-enrol-key"
_PERSON_ASK: Final = b"vc-enrol-ask"
_PERSON_ANSWER: Final = b"vc-enrol-answer"


class CodeParts(NamedTuple):
    """What a code stands for: `id` (22 characters, may travel) and `key` (32 bytes, never does)."""

    id: str
    key: bytes


@dataclass(frozen=True, kw_only=True)
class EnrolRequest:
    """A request whose MAC holds. `hash` names it, so that an answer fits no other."""

    code_id: str
    device_key: bytes
    facts: dict[str, Any]
    nonce: str
    hash: str


def new_code(chance: Chance) -> str:
    """A code for people: four groups of four, such as 7K2M-0QRS-9ABC-XYZ4."""
    number = int.from_bytes(chance.token(CODE_BYTES), "big")
    text = "".join(_ALPHABET[number >> (5 * place) & 31] for place in reversed(range(_CHARACTERS)))
    return "-".join(text[start : start + _GROUP] for start in range(0, _CHARACTERS, _GROUP))


def code_parts(code: str) -> CodeParts:
    """Id and key of a code as typed: case, spaces, dashes, full-width forms and O/0, I/L/1 make no difference.

    Raises BadInput code_form(field="code").
    """
    text = unicodedata.normalize("NFKC", code).upper().translate(_READ_AS)
    text = "".join(letter for letter in text if not letter.isspace() and unicodedata.category(letter) != "Pd")
    if len(text) != _CHARACTERS or any(letter not in _ALPHABET for letter in text):
        raise BadInput("code_form", field="code")
    number = 0
    for letter in text:
        number = number << 5 | _ALPHABET.index(letter)
    raw = number.to_bytes(CODE_BYTES, "big")
    return CodeParts(
        signatures.to_text(hashlib.blake2b(raw, digest_size=16, person=_PERSON_ID).digest()),
        hashlib.blake2b(raw, digest_size=32, person=_PERSON_KEY).digest(),
    )


def make_request(code: str, device_public_key: bytes, facts: Mapping[str, Any], nonce: bytes) -> bytes:
    """What the station asks. `nonce` is NONCE_BYTES of chance. Raises BadInput code_form."""
    parts = code_parts(code)
    fields = {
        "code": parts.id,
        "device_key": signatures.to_text(device_public_key),
        "facts": dict(facts),
        "nonce": signatures.to_text(nonce),
        "v": 1,
    }
    return _sealed(fields, parts.key, _PERSON_ASK)


def check_request(data: bytes, key_of: Callable[[str], bytes | None]) -> EnrolRequest:
    """At the hub: the request behind the bytes. `key_of` finds the key that belongs to a code's id.

    It may raise the hub's refusals itself. Raises BadInput wire_json, wire_too_large, wire_too_deep, key_form or
    enrol_form, and NotAuthorised code_unknown for an unknown id and for a wrong MAC alike.
    """
    fields = strict_json(data, LIMITS)
    if not isinstance(fields, dict) or not isinstance(fields.get("code"), str):
        raise BadInput("enrol_form")
    key = key_of(fields["code"])
    if key is None or not _holds(fields, key, _PERSON_ASK):
        raise NotAuthorised("code_unknown")
    if not isinstance(fields.get("facts"), dict) or not isinstance(fields.get("nonce"), str):
        raise BadInput("enrol_form")
    return EnrolRequest(
        code_id=fields["code"],
        device_key=signatures.from_text(fields.get("device_key"), signatures.PUBLIC_BYTES, field="device_key"),
        facts=fields["facts"],
        nonce=fields["nonce"],
        hash=request_hash(data),
    )


def make_answer(request: EnrolRequest, key: bytes, body: Mapping[str, Any]) -> bytes:
    """At the hub: yes, and what the station needs to know."""
    return _sealed({"body": dict(body), "request": request.hash, "v": 1}, key, _PERSON_ANSWER)


def make_refusal(request: EnrolRequest, key: bytes, code: str, **fields: Any) -> bytes:
    """At the hub: no, in its own name: code_used, code_expired and the like."""
    return _sealed({"error": {"code": code, **fields}, "request": request.hash, "v": 1}, key, _PERSON_ANSWER)


def check_answer(data: bytes, code: str, request: bytes) -> dict[str, Any]:
    """At the station: the body of the answer to these request bytes.

    Raises HubRefused(code, ...) for a refusal that holds, NotOurHub not_our_hub(reason="enrol_answer") for all else.
    """
    try:
        fields = strict_json(data, LIMITS)
    except BadInput:
        raise NotOurHub("not_our_hub", reason="enrol_answer") from None
    genuine = isinstance(fields, dict) and _holds(fields, code_parts(code).key, _PERSON_ANSWER)
    if not genuine or fields.get("request") != request_hash(request):
        raise NotOurHub("not_our_hub", reason="enrol_answer")
    error = fields.get("error")
    if isinstance(error, dict):
        details = {name: value for name, value in error.items() if name not in ("code", "self")}
        raise HubRefused(str(error.get("code")), **details)
    body = fields.get("body")
    if not isinstance(body, dict):
        raise NotOurHub("not_our_hub", reason="enrol_answer")
    return body


def request_hash(data: bytes) -> str:
    """What an answer names its request by: SHA-256, 43 characters."""
    return signatures.to_text(hashlib.sha256(data).digest())


def _sealed(fields: dict[str, Any], key: bytes, person: bytes) -> bytes:
    return canonical.encode({**fields, "mac": _mac(fields, key, person)})


def _holds(fields: dict[str, Any], key: bytes, person: bytes) -> bool:
    """The MAC covers every other field, those that we do not know too."""
    claimed = fields.get("mac")
    unsealed = {name: value for name, value in fields.items() if name != "mac"}
    return (
        isinstance(claimed, str)
        and claimed.isascii()
        and hmac.compare_digest(claimed.encode(), _mac(unsealed, key, person).encode())
    )


def _mac(fields: dict[str, Any], key: bytes, person: bytes) -> str:
    """Keyed BLAKE2b over the canonical document, 43 characters."""
    return signatures.to_text(
        hashlib.blake2b(canonical.encode(fields), digest_size=32, key=key, person=person).digest()
    )
