"""The published vectors are what the code produces, and what docs/protocol.md says gives the same without our code."""

from __future__ import annotations

import base64
import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path
from typing import Any

import pytest
import zstandard
from nacl import signing

ROOT = Path(__file__).resolve().parent.parent
VECTORS: dict[str, Any] = json.loads((ROOT / "docs" / "protocol-vectors.json").read_text(encoding="utf-8"))
PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def text64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def plain(value: Any) -> bytes:
    """Canonical JSON where there is no float: what any language's library can do."""
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def id_of(link: str) -> str:
    raw = bytearray.fromhex(link[:32])
    raw[6] = raw[6] & 0x0F | 0x80
    raw[8] = raw[8] & 0x3F | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))


def mac(fields: dict[str, Any], person: bytes) -> str:
    key = bytes.fromhex(VECTORS["enrolment"]["key"])
    return text64(hashlib.blake2b(plain(fields), digest_size=32, key=key, person=person).digest())


def test_the_vectors_are_what_the_code_produces() -> None:
    command = [sys.executable, "scripts/protocol_vectors.py", "--check"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stdout + found.stderr


def test_canonical_json_reads_back_and_has_its_hash() -> None:
    vector = VECTORS["canonical_json"]
    assert json.loads(vector["canonical"]) == vector["value"]
    assert hashlib.sha256(vector["canonical"].encode()).hexdigest() == vector["sha256"]
    keys = list(json.loads(vector["canonical"]))
    assert keys == sorted(keys)


def test_an_operation_is_hashed_as_the_document_says() -> None:
    previous = "0" * 64
    for vector in VECTORS["operations"]:
        payload = hashlib.sha256(f"{vector['salt']}\n{vector['args']}".encode()).hexdigest()
        header = json.loads(vector["header"])
        assert payload == vector["payload_hash"] == header["payload"]
        assert vector["prev"] == previous == header["prev"]
        assert plain(header).decode() == vector["header"]
        assert hashlib.sha256(vector["header"].encode()).hexdigest() == vector["hash"]
        assert id_of(vector["hash"]) == vector["id"]
        previous = vector["hash"]
    assert VECTORS["case_id"] == VECTORS["operations"][0]["id"] == json.loads(VECTORS["operations"][1]["wire"])["case"]


def test_a_conflict_is_named_as_the_document_says() -> None:
    vector = VECTORS["conflict_id"]
    named = f"{vector['case']}\n{vector['field']}\n{vector['op']}"
    assert id_of(hashlib.sha256(named.encode()).hexdigest()) == vector["id"]


@pytest.mark.parametrize("name", ["hello", "answer"])
def test_an_envelope_can_be_read_byte_by_byte(name: str) -> None:
    vector = VECTORS[name]
    message = bytes.fromhex(vector["message"])
    assert message[:4] == b"VC1\x01"
    start = 5 + message[4]
    assert message[5:start].decode() == vector["sender"]
    end = start + 4 + int.from_bytes(message[start : start + 4], "big")
    head, signature, stream = message[start + 4 : end], message[end : end + 64], message[end + 64 :]
    signing.VerifyKey(base64.urlsafe_b64decode(vector["public"] + "=")).verify(
        b"ed25519-sha256\0" + vector["domain"].encode() + b"\0" + message[:end], signature
    )
    assert text64(hashlib.sha256(message[:end]).digest()) == vector["hash"]
    blocks = zstandard.ZstdDecompressor().decompressobj().decompress(stream)
    lengths = [len(block.encode()) for block in vector["blocks"]]
    pieces = [(size.to_bytes(4, "big") + block.encode()) for size, block in zip(lengths, vector["blocks"], strict=True)]
    assert blocks == b"".join(pieces)
    hashes = [text64(hashlib.sha256(block.encode()).digest()[:16]) for block in vector["blocks"]]
    assert json.loads(head)["blocks"] == hashes == vector["block_hashes"]


def test_an_answer_names_its_request() -> None:
    message = bytes.fromhex(VECTORS["answer"]["signed"])
    assert json.loads(message[9:])["request"] == VECTORS["hello"]["hash"]


def test_a_cursor_is_made_as_the_document_says() -> None:
    vector = VECTORS["cursor"]
    body = f"{vector['hub_epoch']}.{vector['since']}.{vector['position']}"
    seal = hashlib.blake2b(body.encode(), key=bytes.fromhex(vector["secret"]), digest_size=6).hexdigest()
    assert f"{body}.{seal}" == vector["cursor"]


def test_a_code_gives_its_id_and_key_and_the_macs_hold() -> None:
    vector = VECTORS["enrolment"]
    number = 0
    for letter in vector["code"].replace("-", ""):
        number = number << 5 | ALPHABET.index(letter)
    raw = number.to_bytes(10, "big")
    assert text64(hashlib.blake2b(raw, digest_size=16, person=b"vc-enrol-id").digest()) == vector["id"]
    assert hashlib.blake2b(raw, digest_size=32, person=b"vc-enrol-key").hexdigest() == vector["key"]
    for name, person in (("request", b"vc-enrol-ask"), ("answer", b"vc-enrol-answer"), ("refusal", b"vc-enrol-answer")):
        fields = json.loads(vector[name])
        assert fields.pop("mac") == mac(fields, person)
    asked = text64(hashlib.sha256(vector["request"].encode()).digest())
    assert asked == vector["request_hash"] == json.loads(vector["answer"])["request"]


def test_case_numbers_end_in_their_check_digit() -> None:
    for vector in VECTORS["case_numbers"]:
        product = 10
        for digit in vector["number"][:-1]:
            product = ((product + int(digit)) % 10 or 10) * 2 % 11
        assert int(vector["number"][-1]) == (11 - product) % 10


def test_what_the_document_quotes_is_in_the_vectors() -> None:
    operation, hello = VECTORS["operations"][0], VECTORS["hello"]
    quoted = [
        operation["payload_hash"],
        operation["hash"],
        operation["id"],
        VECTORS["conflict_id"]["id"],
        hello["public"],
        hello["block_hashes"][0],
        hello["hash"],
        VECTORS["cursor"]["cursor"],
        VECTORS["enrolment"]["id"],
        VECTORS["enrolment"]["key"],
        json.loads(VECTORS["enrolment"]["request"])["mac"],
        *(vector["number"] for vector in VECTORS["case_numbers"]),
    ]
    assert [value for value in quoted if value not in PROTOCOL] == []
