"""The hub's keys: made once, private on the disk, opened by the right passphrase only, and good for TLS."""

from __future__ import annotations

import os
import ssl
import stat
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.x509.oid import ExtensionOID

from station import durable_files
from station.errors import BadInput, Damaged, NotAuthorised, Refused
from sync.hub import key_lock
from sync.hub.authority import make_keys, open_keys, renew_leaf

NOW_MS = 1_790_000_000_000
HOSTS = ["hub.example.cn", "10.1.2.3", "fd00::7", "县政务.example"]


class Chance:
    def token(self, size: int) -> bytes:
        return os.urandom(size)


@pytest.fixture(autouse=True)
def _cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(key_lock, "MEMORY_BYTES", 8 * 1024 * 1024)
    monkeypatch.setattr(key_lock, "OPS", 1)


def leaf_of(home: Path) -> x509.Certificate:
    return x509.load_pem_x509_certificate((home / "keys" / "leaf.crt").read_bytes())


def files_of(home: Path) -> dict[str, bytes]:
    return {str(path.relative_to(home)): path.read_bytes() for path in home.rglob("*") if path.is_file()}


def test_without_a_passphrase_the_keys_are_private_and_the_caller_is_told(tmp_path: Any) -> None:
    made = make_keys(tmp_path, HOSTS, NOW_MS, Chance())
    assert made.plaintext_keys
    opened = open_keys(tmp_path)
    assert opened.answer.public == made.answer_public
    assert opened.ca_pem == made.ca_file.read_text()
    assert opened.leaf_password is None
    if os.name != "nt":
        modes = {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "keys").rglob("*") if path.is_file()}
        assert modes == {0o600}
        assert stat.S_IMODE((tmp_path / "keys" / "offline").stat().st_mode) == 0o700


def test_with_a_passphrase_no_private_key_lies_in_plain(tmp_path: Any) -> None:
    made = make_keys(tmp_path, [], NOW_MS, Chance(), "正确的口令")
    assert not made.plaintext_keys
    opened = open_keys(tmp_path, "正确的口令")
    assert opened.answer.public == made.answer_public
    for name, data in files_of(tmp_path).items():
        assert b"BEGIN PRIVATE KEY" not in data, name
        assert opened.answer.seed not in data, name
    assert "正确" not in repr(opened)
    assert str(opened.leaf_password) not in repr(opened)


@pytest.mark.parametrize("passphrase", [None, "错", ""])
def test_a_missing_or_wrong_passphrase_is_named(tmp_path: Any, passphrase: Any) -> None:
    make_keys(tmp_path, [], NOW_MS, Chance(), "right")
    with pytest.raises(NotAuthorised, match="passphrase_needed" if passphrase is None else "passphrase_wrong"):
        open_keys(tmp_path, passphrase)


def test_keys_are_never_replaced(tmp_path: Any) -> None:
    make_keys(tmp_path, [], NOW_MS, Chance())
    before = files_of(tmp_path)
    with pytest.raises(Refused, match="keys_exist"):
        make_keys(tmp_path, [], NOW_MS, Chance())
    assert files_of(tmp_path) == before


@pytest.mark.parametrize("name", ["leaf.key", "answer.key", "leaf.crt", "ca.crt"])
@pytest.mark.parametrize("passphrase", [None, "right"])
def test_missing_and_damaged_files_are_told_apart(tmp_path: Any, name: Any, passphrase: Any) -> None:
    make_keys(tmp_path, [], NOW_MS, Chance(), passphrase)
    file = tmp_path / "keys" / name
    file.write_bytes(b"\x00\xff not a key")
    with pytest.raises(Damaged, match="key_damaged"):
        open_keys(tmp_path, passphrase)
    file.unlink()
    with pytest.raises(Damaged, match="key_missing"):
        open_keys(tmp_path, passphrase)


@pytest.mark.parametrize(
    "document", [b"", b"[]", b"{}", b'{"kdf":"argon2id13","memory":99999999999999,"ops":1,"salt":"00"}', b"\xff"]
)
def test_a_damaged_lock_is_named_and_costs_no_memory(tmp_path: Any, document: Any) -> None:
    make_keys(tmp_path, [], NOW_MS, Chance(), "right")
    (tmp_path / "keys" / "lock.json").write_bytes(document)
    with pytest.raises(Damaged, match="key_lock_damaged"):
        open_keys(tmp_path, "right")


def test_the_leaf_names_every_host_and_the_local_ones(tmp_path: Any) -> None:
    make_keys(tmp_path, HOSTS, NOW_MS, Chance())
    names = leaf_of(tmp_path).extensions.get_extension_for_oid(ExtensionOID.SUBJECT_ALTERNATIVE_NAME).value
    assert isinstance(names, x509.SubjectAlternativeName)
    assert {str(ip) for ip in names.get_values_for_type(x509.IPAddress)} == {"10.1.2.3", "fd00::7", "127.0.0.1"}
    assert set(names.get_values_for_type(x509.DNSName)) == {
        "hub.example.cn",
        "localhost",
        "县政务.example".encode("idna").decode(),
    }


@pytest.mark.parametrize("host", ["", "a b", "a/b", "x" * 300, "a..b", "名 字"])
def test_a_host_that_is_none_is_refused_before_anything_is_written(tmp_path: Any, host: Any) -> None:
    with pytest.raises(BadInput, match="host_form"):
        make_keys(tmp_path, [host], NOW_MS, Chance())
    assert files_of(tmp_path) == {}


def test_validity_comes_from_the_given_clock(tmp_path: Any) -> None:
    make_keys(tmp_path, [], NOW_MS, Chance())
    leaf = leaf_of(tmp_path)
    assert leaf.not_valid_before_utc.timestamp() == NOW_MS // 1000 - 86400
    assert leaf.not_valid_after_utc.timestamp() == NOW_MS // 1000 + 5 * 365 * 86400


def handshake(server: ssl.SSLContext, client: ssl.SSLContext, host: str) -> None:
    """A whole TLS handshake in memory. Raises ssl.SSLError."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    ours = client.wrap_bio(to_client, to_server, server_hostname=host)
    theirs = server.wrap_bio(to_server, to_client, server_side=True)
    for _ in range(4):
        for side in (ours, theirs):
            try:
                side.do_handshake()
            except ssl.SSLWantReadError:
                continue
    ours.do_handshake()


@pytest.mark.parametrize("passphrase", [None, "right"])
def test_the_leaf_serves_strictly_checked_tls(tmp_path: Any, passphrase: Any) -> None:
    # Around the real time: here OpenSSL checks the dates too.
    now_ms = int(Path(__file__).stat().st_mtime * 1000)
    make_keys(tmp_path, ["hub.example.cn"], now_ms, Chance(), passphrase)
    keys = open_keys(tmp_path, passphrase)
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(keys.leaf_file, keys.leaf_key_file, keys.leaf_password)
    client = ssl.create_default_context(cadata=keys.ca_pem)
    client.verify_flags |= ssl.VERIFY_X509_STRICT
    for host in ("127.0.0.1", "localhost", "hub.example.cn"):
        handshake(server, client, host)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(server, client, "other.example.cn")


@pytest.mark.parametrize("passphrase", [None, "right"])
def test_a_leaf_is_renewed_with_the_key_that_was_carried_away(tmp_path: Any, passphrase: Any) -> None:
    home, safe = tmp_path / "home", tmp_path / "safe"
    made = make_keys(home, [], NOW_MS, Chance(), passphrase)
    made.ca_key_file.parent.rename(safe)
    assert open_keys(home, passphrase).answer.public == made.answer_public
    before = leaf_of(home)
    renew_leaf(home, safe, ["new.example.cn"], NOW_MS + 86_400_000, Chance(), passphrase)
    assert leaf_of(home).public_key() == before.public_key()
    assert leaf_of(home).not_valid_after_utc > before.not_valid_after_utc
    leaf_of(home).verify_directly_issued_by(x509.load_pem_x509_certificate(made.ca_file.read_bytes()))


def test_a_crash_before_the_last_file_leaves_no_hub_that_looks_whole(tmp_path: Any, monkeypatch: Any) -> None:
    written: list[Any] = []
    real = durable_files.write

    def failing(path: Path, data: bytes) -> None:
        if path.name == "ca.crt":
            raise OSError
        written.append(path.name)
        real(path, data)

    monkeypatch.setattr(durable_files, "write", failing)
    with pytest.raises(OSError):
        make_keys(tmp_path, [], NOW_MS, Chance())
    assert written[-1] != "ca.crt"
    with pytest.raises(Damaged, match="key_missing"):
        open_keys(tmp_path)
    with pytest.raises(Refused) as caught:
        make_keys(tmp_path, [], NOW_MS, Chance())
    assert caught.value.document() == {"code": "keys_exist", "whole": False}
