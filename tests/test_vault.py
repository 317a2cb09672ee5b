"""The base key: it comes back for the right secret only, is never in plain on the disk, trusts no keyring blindly."""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar

import pytest

from station import keyslots, os_keyring, vault
from station.errors import Damaged, NotAuthorised, Refused, StationError

MODULE = "keyring_for_tests"


class Chance:
    """Real chance."""

    def token(self, size: int) -> bytes:
        return os.urandom(size)


class FakeKeyring:
    """A keyring that can be absent, forgetful or silent."""

    kept: ClassVar[dict[tuple[str, str], str]] = {}
    priority: ClassVar[float] = 5
    forgets: ClassVar[bool] = False
    silent: ClassVar[threading.Event | None] = None

    def set_password(self, service: str, name: str, value: str) -> None:
        if not self.forgets:
            self.kept[service, name] = value

    def get_password(self, service: str, name: str) -> str | None:
        if self.silent is not None:
            self.silent.wait()
        return self.kept.get((service, name))


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Tests of everything but the stretching itself need no stretching."""
    monkeypatch.setattr(keyslots, "OPS", 1)
    monkeypatch.setattr(keyslots, "MEM_BYTES", 8192)


@pytest.fixture
def keyring(monkeypatch: pytest.MonkeyPatch) -> type[FakeKeyring]:
    fake = type("Fresh", (FakeKeyring,), {"kept": {}})
    monkeypatch.setitem(sys.modules, MODULE, SimpleNamespace(Keyring=fake))
    monkeypatch.setattr(os_keyring, "BACKENDS", ((MODULE, "Keyring"),))
    return fake


def test_the_passphrase_gives_the_key_back(tmp_path: Path) -> None:
    key = vault.create(tmp_path / "home", "passphrase", "同安莲花镇", Chance())
    assert len(key) == 48
    assert vault.unlock(tmp_path / "home", "同安莲花镇") == key
    assert vault.mode(tmp_path / "home") == "passphrase"


def test_another_passphrase_does_not(tmp_path: Path) -> None:
    vault.create(tmp_path, "passphrase", "right", Chance())
    for secret, code in (("Right", "passphrase_wrong"), (None, "passphrase_needed"), ("", "passphrase_needed")):
        with pytest.raises(NotAuthorised, match=code):
            vault.unlock(tmp_path, secret)


def test_a_passphrase_is_needed_to_make_one(tmp_path: Path) -> None:
    with pytest.raises(NotAuthorised, match="passphrase_needed"):
        vault.create(tmp_path, "passphrase", None, Chance())
    assert not list(tmp_path.iterdir())


def test_one_passphrase_typed_by_two_input_methods_is_one(tmp_path: Path) -> None:
    wide = "".join(chr(ord(letter) + 0xFEE0) for letter in "ABC123")  # what an input method types in full width
    key = vault.create(tmp_path, "passphrase", wide, Chance())
    assert vault.unlock(tmp_path, "ABC123") == key


def test_the_file_is_private_and_holds_no_key(tmp_path: Path) -> None:
    key = vault.create(tmp_path, "passphrase", "secret words", Chance())
    text = (tmp_path / vault.FILE).read_text(encoding="utf-8")
    assert (tmp_path / vault.FILE).stat().st_mode & 0o777 == 0o600
    assert key.hex()[:16] not in text
    assert "secret words" not in text
    document = json.loads(text)
    assert (document["version"], document["mode"], len(document["slots"])) == (1, "passphrase", 1)
    assert {"kind", "name", "ops", "mem", "salt", "nonce", "sealed"} == set(document["slots"][0])


def test_a_vault_is_not_overwritten(tmp_path: Path) -> None:
    key = vault.create(tmp_path, "passphrase", "first", Chance())
    with pytest.raises(Refused, match="vault_exists"):
        vault.create(tmp_path, "passphrase", "second", Chance())
    assert vault.unlock(tmp_path, "first") == key


def test_more_passphrases_open_the_same_home(tmp_path: Path) -> None:
    key = vault.create(tmp_path, "passphrase", "station's", Chance())
    vault.add_passphrase(tmp_path, key, "王芳", "clerk's", Chance())
    vault.add_passphrase(tmp_path, key, "王芳", "clerk's new", Chance())
    assert vault.slot_names(tmp_path) == ("station", "王芳")
    assert vault.unlock(tmp_path, "station's") == vault.unlock(tmp_path, "clerk's new") == key
    with pytest.raises(NotAuthorised, match="passphrase_wrong"):
        vault.unlock(tmp_path, "clerk's")


def test_slots_have_an_end_and_take_no_other_key(tmp_path: Path) -> None:
    key = vault.create(tmp_path, "passphrase", "x", Chance())
    with pytest.raises(Damaged, match="vault_key_lost"):
        vault.add_passphrase(tmp_path, bytes(48), "name", "y", Chance())
    for number in range(vault.SLOTS_MAX - 1):
        vault.add_passphrase(tmp_path, key, str(number), "y", Chance())
    with pytest.raises(Refused, match="slots_full"):
        vault.add_passphrase(tmp_path, key, "one more", "y", Chance())


def test_any_change_of_the_file_is_found(tmp_path: Path) -> None:
    key = vault.create(tmp_path, "passphrase", "x", Chance())
    path = tmp_path / vault.FILE
    good = path.read_bytes()
    for place in range(len(good)):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        try:
            assert vault.unlock(tmp_path, "x") == key  # only where the change means nothing, as in `entry`
        except StationError as trouble:
            assert trouble.code in {"vault_unreadable", "passphrase_wrong", "vault_key_lost"}
    for damaged in (b"", b"{}", good[:-5], b"[" * 10_000, good.replace(b'"version":1', b'"version":2')):
        path.write_bytes(damaged)
        with pytest.raises(Damaged, match="vault_unreadable"):
            vault.unlock(tmp_path, "x")


def test_no_vault_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Damaged, match="vault_unreadable"):
        vault.unlock(tmp_path, "x")


@pytest.mark.parametrize("change", [{"ops": 10**6}, {"mem": 2**40}, {"mem": 1}, {"salt": "00"}, {"nonce": "zz" * 24}])
def test_limits_in_the_file_are_held_before_any_work(tmp_path: Path, change: dict[str, Any]) -> None:
    vault.create(tmp_path, "passphrase", "x", Chance())
    document = json.loads((tmp_path / vault.FILE).read_text(encoding="utf-8"))
    document["slots"][0].update(change)
    (tmp_path / vault.FILE).write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(Damaged, match="vault_unreadable"):
        vault.unlock(tmp_path, "x")


def test_a_guess_costs_a_thief_memory_and_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert (keyslots.OPS, keyslots.MEM_BYTES) == (3, 64 * 1024 * 1024)
    slot = keyslots.seal(bytes(48), "station", "x", Chance())
    start = time.process_time()
    assert keyslots.opened(slot, "y") is None
    assert time.process_time() - start > 0.04  # about 0.1 s on a counter's machine; a fast one may build this


def test_the_keyring_keeps_the_key_and_the_file_does_not(tmp_path: Path, keyring: type[FakeKeyring]) -> None:
    key = vault.create(tmp_path, "keyring", None, Chance())
    assert list(keyring.kept.values()) == [key.hex()]
    assert key.hex() not in (tmp_path / vault.FILE).read_text(encoding="utf-8")
    assert vault.unlock(tmp_path, None) == key


def test_two_homes_have_two_entries(tmp_path: Path, keyring: type[FakeKeyring]) -> None:
    keys = {vault.create(tmp_path / name, "keyring", None, Chance()) for name in ("one", "two")}
    assert len(keys) == len(keyring.kept) == 2


def test_a_keyring_that_forgets_is_refused_before_anything_is_made(tmp_path: Path, keyring: type[FakeKeyring]) -> None:
    keyring.forgets = True
    with pytest.raises(Refused, match="keyring_unavailable"):
        vault.create(tmp_path, "keyring", None, Chance())
    assert not list(tmp_path.iterdir())


def test_a_keyring_that_does_not_answer_is_refused(
    tmp_path: Path, keyring: type[FakeKeyring], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os_keyring, "ANSWER_S_MAX", 0.05)
    keyring.silent = threading.Event()
    with pytest.raises(Refused, match="keyring_unavailable"):
        vault.create(tmp_path, "keyring", None, Chance())
    keyring.silent.set()


def test_a_keyring_without_its_service_is_passed_over(tmp_path: Path, keyring: type[FakeKeyring]) -> None:
    keyring.priority = 0
    with pytest.raises(Refused, match="keyring_unavailable"):
        vault.create(tmp_path, "keyring", None, Chance())


def test_a_key_that_is_gone_or_another_is_said_so(tmp_path: Path, keyring: type[FakeKeyring]) -> None:
    vault.create(tmp_path, "keyring", None, Chance())
    entry = next(iter(keyring.kept))
    for other in ("00" * 48, "no hex", ""):
        keyring.kept[entry] = other
        with pytest.raises(Damaged, match="vault_key_lost"):
            vault.unlock(tmp_path, None)
    keyring.kept.clear()
    with pytest.raises(Damaged, match="vault_key_lost"):
        vault.unlock(tmp_path, None)


def test_a_passphrase_opens_a_home_whose_keyring_is_gone(tmp_path: Path, keyring: type[FakeKeyring]) -> None:
    key = vault.create(tmp_path, "keyring", None, Chance())
    vault.add_passphrase(tmp_path, key, "station", "kept in the safe", Chance())
    keyring.priority = 0
    assert vault.unlock(tmp_path, "kept in the safe") == key
    with pytest.raises(NotAuthorised, match="passphrase_needed"):
        vault.unlock(tmp_path, None)


def test_only_keyrings_of_an_operating_system_are_allowed() -> None:
    assert {module.rpartition(".")[2] for module, _ in os_keyring.BACKENDS} == {
        "Windows",
        "macOS",
        "SecretService",
        "kwallet",
    }


def test_a_configuration_file_cannot_bring_another_keyring(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.null.Keyring")
    monkeypatch.setattr(os_keyring, "BACKENDS", ())
    with pytest.raises(Refused, match="keyring_unavailable"):
        vault.create(tmp_path, "keyring", None, Chance())
