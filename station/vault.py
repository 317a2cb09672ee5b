"""Where the base key lives: in the operating system's keyring, or in `vault.json` under passphrases. Never in plain.

key = vault.create(home, "passphrase", secret, chance)      # once, at init
key = vault.unlock(home, secret)                            # at every start
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import msgspec

from station import canonical, disk_trouble, durable_files, keyslots, os_keyring
from station.database import KEY_BYTES
from station.errors import Damaged, NotAuthorised, Refused
from station.keyslots import Slot
from station.ports import Chance

FILE = "vault.json"
STATION_SLOT = "station"
SLOTS_MAX = 16  # each wrong guess costs one stretching a slot; a counter has fewer clerks
Mode = Literal["keyring", "passphrase"]
_FILE_BYTES_MAX = 64 * 1024


class _Vault(msgspec.Struct, frozen=True, kw_only=True):
    version: Literal[1] = 1
    mode: Mode
    entry: str = ""  # the name of the key in the keyring
    check: str  # tells another key from the right one, and nothing about either
    slots: tuple[Slot, ...] = ()


def create(home: Path, mode: Mode, secret: str | None, chance: Chance) -> bytes:
    """Makes the base key of a new home and puts it away.

    Refused: vault_exists, keyring_unavailable. NotAuthorised: passphrase_needed.
    """
    if (home / FILE).exists():
        raise Refused("vault_exists")
    key = chance.token(KEY_BYTES)
    entry = chance.token(8).hex() if mode == "keyring" else ""
    if mode == "keyring":
        os_keyring.put(entry, key.hex())
    slots = () if mode == "keyring" else (keyslots.seal(key, STATION_SLOT, _needed(secret), chance),)
    with disk_trouble.told():
        durable_files.make_folder(home)
    _write(home, _Vault(mode=mode, entry=entry, check=_check(key), slots=slots))
    return key


def unlock(home: Path, secret: str | None) -> bytes:
    """The base key.

    NotAuthorised: passphrase_needed, passphrase_wrong. Refused: keyring_unavailable. Damaged: vault_unreadable,
    vault_key_lost (the keyring answers and has no such key).
    """
    vault = _read(home)
    if vault.mode == "passphrase":
        return _from_slots(vault, secret)
    try:
        return _from_keyring(vault)
    except (Refused, Damaged):
        if not vault.slots:
            raise
        return _from_slots(vault, secret)


def mode(home: Path) -> Mode:
    """How the key of this home is kept. Damaged: vault_unreadable."""
    return _read(home).mode


def slot_names(home: Path) -> tuple[str, ...]:
    """Whose passphrases open this home."""
    return tuple(slot.name for slot in _read(home).slots)


def add_passphrase(home: Path, key: bytes, name: str, secret: str, chance: Chance) -> None:
    """Adds a slot, or replaces the one of that name; another passphrase that opens the home goes on opening it.

    NotAuthorised: passphrase_needed. Refused: slots_full. Damaged: vault_unreadable, vault_key_lost (not its key).
    """
    vault = _read(home)
    _require_right(vault, key)
    others = tuple(slot for slot in vault.slots if slot.name != name)
    if len(others) >= SLOTS_MAX:
        raise Refused("slots_full", maximum=SLOTS_MAX)
    slot = keyslots.seal(key, name, _needed(secret), chance)
    _write(home, msgspec.structs.replace(vault, slots=(*others, slot)))


def _from_keyring(vault: _Vault) -> bytes:
    kept = os_keyring.get(vault.entry)
    try:
        key = bytes.fromhex(kept or "")
    except ValueError:
        key = b""
    _require_right(vault, key)
    return key


def _from_slots(vault: _Vault, secret: str | None) -> bytes:
    key = _first_opened(vault.slots, _needed(secret))
    if key is None:
        raise NotAuthorised("passphrase_wrong")
    _require_right(vault, key)
    return key


def _first_opened(slots: Sequence[Slot], secret: str) -> bytes | None:
    try:
        return next((key for slot in slots if (key := keyslots.opened(slot, secret)) is not None), None)
    except (ValueError, TypeError) as trouble:
        raise Damaged("vault_unreadable") from trouble


def _needed(secret: str | None) -> str:
    if not secret:
        raise NotAuthorised("passphrase_needed")
    return secret


def _require_right(vault: _Vault, key: bytes) -> None:
    if len(key) != KEY_BYTES or not hmac.compare_digest(_check(key), vault.check):
        raise Damaged("vault_key_lost")


def _check(key: bytes) -> str:
    return hashlib.blake2b(key, digest_size=16, person=b"station-check").hexdigest()


def _read(home: Path) -> _Vault:
    try:
        with (home / FILE).open("rb") as file:
            vault = msgspec.json.decode(file.read(_FILE_BYTES_MAX), type=_Vault)
    except (OSError, msgspec.DecodeError, ValueError) as trouble:
        raise Damaged("vault_unreadable") from trouble
    if len(vault.slots) > SLOTS_MAX or (vault.mode == "passphrase" and not vault.slots):
        raise Damaged("vault_unreadable")
    return vault


def _write(home: Path, vault: _Vault) -> None:
    with disk_trouble.told():
        durable_files.write(home / FILE, canonical.encode(vault))
