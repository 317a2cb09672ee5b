"""The keys of one hub: made once by `hub init`, opened by `hub serve`.

home/keys/ca.crt            public: handed to the stations
home/keys/offline/ca.key    to be carried away after init; with lock.json beside it where there is a passphrase
home/keys/leaf.crt|leaf.key TLS
home/keys/answer.key        Ed25519: signs every answer
home/keys/lock.json         how the passphrase is stretched; absent where the keys lie in plain (mode 0600)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
from cryptography import x509
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec

from station import canonical, durable_files
from station.errors import BadInput, Damaged, NotAuthorised, Refused
from station.ports import Chance
from sync import signatures
from sync.hub import certificates
from sync.hub.key_lock import KeyLock
from sync.signatures import SigningKey

_CURVE = ec.SECP256R1()


@dataclass(frozen=True, kw_only=True)
class NewKeys:
    """What `hub init` tells: where the public CA is, the answer key's public half, and whether keys lie in plain."""

    ca_file: Path
    ca_key_file: Path
    answer_public: bytes
    plaintext_keys: bool


@dataclass(frozen=True, kw_only=True)
class HubKeys:
    """What `hub serve` works with. `leaf_password` opens `leaf_key_file`, None where it lies in plain."""

    ca_pem: str
    leaf_file: Path
    leaf_key_file: Path
    leaf_password: str | None = field(repr=False)
    answer: SigningKey


def make_keys(home: Path, hosts: Iterable[str], now_ms: int, chance: Chance, passphrase: str | None = None) -> NewKeys:
    """Makes all keys of a hub. Raises Refused keys_exist(whole) rather than replace one, BadInput host_form."""
    folder = home / "keys"
    there = [name for name in ("answer.key", "ca.crt") if (folder / name).exists()]
    if there:  # ca.crt is written last: without it an earlier init did not come to its end
        raise Refused("keys_exist", whole="ca.crt" in there)
    if passphrase == "":
        raise BadInput("passphrase_empty")
    ca_key, leaf_key = ec.generate_private_key(_CURVE), ec.generate_private_key(_CURVE)
    ca = certificates.make_ca(ca_key, now_ms, chance)
    leaf = certificates.make_leaf(leaf_key.public_key(), hosts, ca, ca_key, now_ms, chance)
    answer = SigningKey.generate(chance)
    _keep(folder / "offline", "ca.key", ca_key, _new_lock(folder / "offline", passphrase, chance))
    lock = _new_lock(folder, passphrase, chance)
    _keep(folder, "leaf.key", leaf_key, lock)
    durable_files.write(folder / "answer.key", _answer_document(answer, lock, chance))
    durable_files.write(folder / "leaf.crt", _pem(leaf))
    durable_files.write(folder / "ca.crt", _pem(ca))
    return NewKeys(
        ca_file=folder / "ca.crt",
        ca_key_file=folder / "offline" / "ca.key",
        answer_public=answer.public,
        plaintext_keys=lock is None,
    )


def open_keys(home: Path, passphrase: str | None = None) -> HubKeys:
    """The keys for serving; the CA's key is not needed.

    Raises NotAuthorised passphrase_needed or passphrase_wrong, Damaged key_missing(file), key_damaged(file) or
    key_lock_damaged.
    """
    folder = home / "keys"
    lock = _lock_of(folder, passphrase)
    answer = _open_answer(_read(folder / "answer.key"), lock)
    password = lock.pem_password if lock else None
    _open_pem(folder / "leaf.key", password)
    _certificate(folder / "leaf.crt")
    _certificate(folder / "ca.crt")
    return HubKeys(
        ca_pem=_read(folder / "ca.crt").decode("ascii"),
        leaf_file=folder / "leaf.crt",
        leaf_key_file=folder / "leaf.key",
        leaf_password=password.decode() if password else None,
        answer=answer,
    )


def renew_leaf(
    home: Path, offline: Path, hosts: Iterable[str], now_ms: int, chance: Chance, passphrase: str | None = None
) -> None:
    """A new leaf certificate for the leaf key that is there, signed by the CA key brought back in folder `offline`.

    Raises as `open_keys`, and BadInput host_form(host).
    """
    folder = home / "keys"
    lock, offline_lock = _lock_of(folder, passphrase), _lock_of(offline, passphrase)
    leaf_key = _open_pem(folder / "leaf.key", lock.pem_password if lock else None)
    ca_key = _open_pem(offline / "ca.key", offline_lock.pem_password if offline_lock else None)
    ca = _certificate(folder / "ca.crt")
    leaf = certificates.make_leaf(leaf_key.public_key(), hosts, ca, ca_key, now_ms, chance)
    durable_files.write(folder / "leaf.crt", _pem(leaf))


def _new_lock(folder: Path, passphrase: str | None, chance: Chance) -> KeyLock | None:
    durable_files.make_folder(folder)
    if passphrase is None:
        return None
    lock = KeyLock.make(passphrase, chance)
    durable_files.write(folder / "lock.json", lock.document)
    return lock


def _lock_of(folder: Path, passphrase: str | None) -> KeyLock | None:
    if not (folder / "lock.json").exists():
        return None
    return KeyLock.open(passphrase, _read(folder / "lock.json"))


def _keep(folder: Path, name: str, key: ec.EllipticCurvePrivateKey, lock: KeyLock | None) -> None:
    encryption: serialization.KeySerializationEncryption = serialization.NoEncryption()
    if lock is not None:
        encryption = serialization.BestAvailableEncryption(lock.pem_password)
    pem = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
    durable_files.write(folder / name, pem)


def _open_pem(path: Path, password: bytes | None) -> ec.EllipticCurvePrivateKey:
    data = _read(path)
    try:
        key = serialization.load_pem_private_key(data, password)
    except (ValueError, TypeError):
        encrypted = password is not None and b"ENCRYPTED" in data
        raise NotAuthorised("passphrase_wrong") if encrypted else Damaged("key_damaged", file=path.name) from None
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        raise Damaged("key_damaged", file=path.name)
    return key


def _answer_document(key: SigningKey, lock: KeyLock | None, chance: Chance) -> bytes:
    if lock is None:
        return canonical.encode({"seed": signatures.to_text(key.seed), "suite": signatures.SUITE_NAME})
    return canonical.encode({"box": lock.seal(key.seed, chance), "suite": signatures.SUITE_NAME})


_BOX_BYTES = signatures.SEED_BYTES + 24 + 16  # with nonce and tag


def _open_answer(data: bytes, lock: KeyLock | None) -> SigningKey:
    try:
        fields = canonical.decode(data)
        if lock is None:
            return SigningKey(signatures.from_text(fields["seed"], signatures.SEED_BYTES))
        box = signatures.from_text(fields["box"], _BOX_BYTES)
    except (msgspec.DecodeError, KeyError, TypeError, BadInput):
        raise Damaged("key_damaged", file="answer.key") from None
    return SigningKey(lock.unseal(box))


def _certificate(path: Path) -> x509.Certificate:
    try:
        return x509.load_pem_x509_certificate(_read(path))
    except ValueError:
        raise Damaged("key_damaged", file=path.name) from None


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        raise Damaged("key_missing", file=path.name) from None
