"""First contact, from the station's side: keys are made here and never leave; the code proves each end to the other."""

from __future__ import annotations

import msgspec

from station import settings
from station.database import Database
from station.errors import NotOurHub, Refused
from station.ports import Chance
from station.settings import StationIdentity
from sync import enrolment, signatures
from sync.signatures import SigningKey
from sync.transport import Transport


class Welcome(msgspec.Struct, frozen=True):
    """What the hub says of the station that it now knows."""

    device: str
    division: str
    name: str
    device_code: int
    epoch: int
    hub_epoch: int
    hub_key: str
    ca: str = ""  # the hub's own authority; the code vouches for it, so it can be pinned from here on


def enrol(database: Database, transport: Transport, url: str, code: str, ca_pem: str, chance: Chance) -> Welcome:
    """Makes this station known to the hub. The same code again repairs an enrolment whose answer was lost.

    Raises Refused `enrolled_already`, `other_division`; BadInput `code_form`; HubRefused `code_*`; HubUnreachable;
    NotOurHub.
    """
    identity = _with_key(database, chance)
    key = SigningKey(signatures.from_text(identity.signing_key, signatures.SEED_BYTES))
    nonce = chance.token(enrolment.NONCE_BYTES)
    request = enrolment.make_request(code, key.public, {"division": identity.division}, nonce)
    body = enrolment.check_answer(transport.enrol(request), code, request)
    try:
        welcome = msgspec.convert(body, Welcome)
        signatures.from_text(welcome.hub_key, signatures.PUBLIC_BYTES)
    except msgspec.ValidationError as trouble:
        raise NotOurHub("not_our_hub", reason="enrol_answer") from trouble
    if welcome.division != identity.division:
        raise Refused("other_division", division=welcome.division, ours=identity.division)
    known = msgspec.structs.replace(
        identity,
        device=welcome.device,
        device_code=welcome.device_code,
        epoch=welcome.epoch,
        hub_epoch=welcome.hub_epoch,
        hub_key=welcome.hub_key,
        hub_url=url,
        ca=ca_pem or welcome.ca,
    )
    with database.writing() as session:
        settings.put_identity(session, known)
    return welcome


def _with_key(database: Database, chance: Chance) -> StationIdentity:
    """The station's identity with a signing key, which is kept before it is shown to anybody."""
    from station.sessions import rows  # noqa: PLC0415

    with database.writing() as session:
        identity = settings.identity(rows(session))
        if identity.enrolled:
            raise Refused("enrolled_already", device=identity.device)
        if not identity.signing_key:
            key = SigningKey.generate(chance)
            identity = msgspec.structs.replace(identity, signing_key=signatures.to_text(key.seed))
            settings.put_identity(session, identity)
        return identity
