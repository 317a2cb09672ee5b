"""Write docs/protocol-vectors.json, or check that it is what the code produces (`--check`).

Keys, salts, nonces and times are fixed, so every run gives the same bytes. The compressed blocks are those of the
locked zstd: another compressor may differ there and be right. Run it with the environment's Python.
"""

from __future__ import annotations

import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from station import canonical
from station.numbers import leased_number, spare_number
from station.operation import CHAIN_START, Base, Entry, Operation, chained, payload_hash
from sync import enrolment, messages, signatures, wire
from sync.conflict import conflict_id
from sync.hub.pull import Cursor, cursor_text
from sync.merge import Verdict
from sync.messages import Answer, CaseDelta, Down, Have, Hello, Settled, Up
from sync.signatures import SigningKey
from sync.wire_layout import signed_part

DOCUMENT = Path(__file__).resolve().parent.parent / "docs" / "protocol-vectors.json"

DEVICE = "350200001001-1"
NOON = 1_767_240_000_000  # 2026-01-01 12:00 in China
STATION_KEY = SigningKey(bytes(range(32)))
HUB_KEY = SigningKey(bytes(range(32, 64)))
CURSOR_SECRET = bytes(range(64, 96))
NONCE = bytes(range(16))
CODE = "7K2M-0QRS-9ABC-XYZ4"

TRICKY: dict[str, Any] = {
    "b": [1, 1.0, 1.5, 1e21, 1e-7, -0.0, -1, 2**64 - 1, True, None],
    "a": 'quote " backslash \\ slash / tab \t line \n bell \u0007 delete \u007f',
    "中文": "军营村",
    "\U0001f33e": "beyond 16 bits, sorted after U+FB01",
    "\ufb01": "a ligature",
    "": {},
}

TAKE = Operation(
    device=DEVICE,
    epoch=1,
    dseq=1,
    act="take",
    clerk="林小梅",
    role="village_clerk",
    at=NOON,
    elapsed=5_000,
    boot="0a1b2c3d",
    salt="AAECAwQFBgcI",
    args={
        "item": "11350212DM0001139663520D0001000",
        "item_version": 1,
        "applicant": {
            "kind": "person",
            "name": "陈秀英",
            "id_kind": "resident_id",
            "id_no": "350200195503120025",
            "phone": "13800000000",
            "address": "莲花镇军营村1号",
        },
        "agent": {},
        "answers": {},
        "materials": {"m_id_card": "original_seen"},
        "note": "",
        "received_on": "2026-01-01",
        "received_reason": "",
        "channel": "counter",
        "division": "350200001001",
        "number": leased_number(2026, 1),
    },
)


def vectors() -> dict[str, Any]:
    """Every vector by its name."""
    take = chained(TAKE, CHAIN_START)
    note = chained(_note(take), take.hash)
    hello = _hello(take, note)
    return {
        "canonical_json": {"value": TRICKY, **_text("canonical", canonical.encode(TRICKY))},
        "operations": [_operation(take), _operation(note)],
        "case_id": take.case_id,
        "conflict_id": {
            "case": take.case_id,
            "field": "applicant.phone",
            "op": note.id,
            "id": conflict_id(take.case_id, "applicant.phone", note.id),
        },
        "hello": _message(hello, [_up(take, note)], STATION_KEY, messages.DOMAIN_HELLO, DEVICE),
        "answer": _message(_answer(hello, take, note), [_down(take)], HUB_KEY, messages.DOMAIN_ANSWER, ""),
        "cursor": {
            "secret": CURSOR_SECRET.hex(),
            "hub_epoch": 1,
            "since": 1,
            "position": 4,
            "cursor": cursor_text(Cursor(1, 4), CURSOR_SECRET, 1),
        },
        "enrolment": _enrolment(),
        "case_numbers": _numbers(),
    }


def _note(take: Entry) -> Operation:
    return Operation(
        device=DEVICE,
        epoch=1,
        dseq=2,
        act="note",
        case=take.id,
        clerk="林小梅",
        role="village_clerk",
        at=NOON,
        hlc=NOON + 1,
        elapsed=9_000,
        boot="0a1b2c3d",
        base=Base(1, 0),
        salt="CAcGBQQDAgEA",
        args={"text": "下午补交照片"},
    )


def _operation(entry: Entry) -> dict[str, Any]:
    op, args = entry.op, canonical.encode(entry.op.args)
    payload = payload_hash(op.salt, args)
    header = canonical.encode(
        {
            "device": op.device,
            "epoch": op.epoch,
            "dseq": op.dseq,
            "act": op.act,
            "case": op.case,
            "clerk": op.clerk,
            "role": op.role,
            "at": op.at,
            "hlc": op.hlc,
            "elapsed": op.elapsed,
            "boot": op.boot,
            "base": [op.base.hub_epoch, op.base.seq],
            "payload": payload,
            "prev": entry.prev,
        }
    )
    assert hashlib.sha256(header).hexdigest() == entry.hash, "the header of the chain has changed: so must this script"
    return {
        "args": args.decode(),
        "salt": op.salt,
        "payload_hash": payload,
        "prev": entry.prev,
        "header": header.decode(),
        "hash": entry.hash,
        "id": entry.id,
        "wire": canonical.encode(messages.to_wire(op)).decode(),
    }


def _hello(take: Entry, note: Entry) -> Hello:
    return Hello(
        device=DEVICE,
        epoch=1,
        counter=7,
        time=NOON + 60_000,
        hub_epoch=1,
        first=take.op.dseq,
        prev=take.prev,
        pending=note.op.dseq,
        have=Have(catalogue=1, calendar=1, clerks="46af4c2da4bbd7d2", lease=1, numbers=199),
    )


def _up(*entries: Entry) -> bytes:
    return messages.encoded(Up(tuple(messages.to_wire(entry.op) for entry in entries)))


def _answer(hello: Hello, take: Entry, note: Entry) -> Answer:
    sealed = wire.seal(hello, [_up(take, note)], STATION_KEY, messages.DOMAIN_HELLO, sender=DEVICE)
    return Answer(hub_epoch=1, request=wire.hash_of(sealed), time=NOON + 61_000, stored=2)


def _down(take: Entry) -> bytes:
    """What an answer may carry: one clean operation, one rejected, a delta of another's case, and the cursor."""
    refused = Verdict("rejected", "TR-1", "illegal_act", {"act": "note", "status": "VOID"})
    delta = CaseDelta(id=take.case_id, seq=9, set={"applicant.phone": "13800000002"}, unset=("returns_to",))
    return messages.encoded(
        Down(
            applied=((1, 8, 1),),
            settled=(Settled(dseq=2, seq=10, verdict=refused),),
            cases=(delta,),
            cursor=cursor_text(Cursor(10, 10), CURSOR_SECRET, 1),
        )
    )


def _message(
    head: Hello | Answer, blocks: list[bytes], key: SigningKey, domain: bytes, sender: str
) -> dict[str, str | list[str]]:
    signed = signed_part(head, blocks, sender)
    message = wire.seal(head, blocks, key, domain, sender=sender)
    return {
        "seed": key.seed.hex(),
        "public": key.public_text,
        "domain": domain.decode(),
        "sender": sender,
        "blocks": [block.decode() for block in blocks],
        "block_hashes": [wire.block_hash(block) for block in blocks],
        "signed": signed.hex(),
        "signature": signatures.sign(key, domain, signed).hex(),
        "hash": wire.hash_of(message),
        "message": message.hex(),
    }


def _enrolment() -> dict[str, str]:
    parts = enrolment.code_parts(CODE)
    asked = enrolment.make_request(CODE, STATION_KEY.public, {"division": "350200001001"}, NONCE)
    request = enrolment.check_request(asked, lambda _code: parts.key)
    told = {
        "device": DEVICE,
        "division": "350200001001",
        "name": "军营村便民服务站",
        "device_code": 1,
        "epoch": 1,
        "hub_epoch": 1,
        "hub_key": HUB_KEY.public_text,
        "ca": "",
    }
    return {
        "code": CODE,
        "id": parts.id,
        "key": parts.key.hex(),
        "request": asked.decode(),
        "request_hash": request.hash,
        "answer": enrolment.make_answer(request, parts.key, told).decode(),
        "refusal": enrolment.make_refusal(request, parts.key, "code_expired").decode(),
    }


def _numbers() -> list[dict[str, Any]]:
    leased = [
        {"year": year, "serial": serial, "number": leased_number(year, serial)}
        for year, serial in ((2026, 1), (2026, 2), (2026, 123), (2089, 999_999_999))
    ]
    return [*leased, {"device_code": 17, "serial": 42, "number": spare_number(17, 42)}]


def _text(name: str, data: bytes) -> dict[str, str]:
    return {name: data.decode(), "sha256": hashlib.sha256(data).hexdigest()}


def document() -> str:
    """The file as it must be."""
    text = json.dumps(vectors(), ensure_ascii=False, indent=2) + "\n"
    return text.replace("\x7f", "\\u007f")  # the same text, and no control character in a file


def main(arguments: list[str]) -> int:
    """Writes the file; with `--check` says whether it is up to date."""
    wanted = document()
    if arguments == ["--check"]:
        kept = DOCUMENT.read_text(encoding="utf-8") if DOCUMENT.exists() else ""
        if kept != wanted:
            print(
                f"{DOCUMENT.name} is not what the code produces: run scripts/protocol_vectors.py and look at the change"
            )
            return 1
        return 0
    DOCUMENT.write_text(wanted, encoding="utf-8", newline="\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
