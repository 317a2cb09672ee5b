"""What the station keeps beside its cases: who it is, its serials, clerks, catalogue, files, and who read what."""

from __future__ import annotations

import os
import threading
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from sqlcipher3 import dbapi2

from station import catalogue, clerks, leases, materials, pins, read_audit, schema, settings
from station.clerks import Clerk, PublishedClerk
from station.database import Database
from station.errors import BadInput, Damaged, NotAuthorised, Refused
from station.materials import Materials
from station.settings import StationIdentity
from station.workdays import Calendar

KEY = bytes(range(48))
TODAY = date(2026, 7, 1)


class Chance:
    """Real chance."""

    def token(self, size: int) -> bytes:
        return os.urandom(size)


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(tmp_path / "station.db", KEY)
    schema.migrate(made)
    return made


# Settings


def test_a_new_base_knows_no_identity_and_keeps_the_one_it_is_given(database: Database) -> None:
    given = StationIdentity(
        device="d1", division="350212103201", name="军营村", epoch=3, hub_epoch=2, device_code=17, ca="PEM"
    )
    with database.reading() as rows:
        assert settings.identity(rows) == StationIdentity()
        assert not settings.identity(rows).enrolled
    with database.writing() as session:
        settings.put_identity(session, given)
    with database.reading() as rows:
        assert settings.identity(rows) == given
        assert settings.identity(rows).enrolled


@pytest.mark.parametrize("value", [7, "村", None, {"lane": [1, 2]}, True, ""])
def test_a_setting_comes_back_as_it_was(database: Database, value: Any) -> None:
    with database.writing() as session:
        settings.put(session, "cursor", "older")
        settings.put(session, "cursor", value)
    with database.reading() as rows:
        assert settings.get(rows, "cursor", "absent") == value
        assert settings.get(rows, "other", "absent") == "absent"
    with database.writing() as session:
        settings.remove(session, "cursor")
        settings.remove(session, "cursor")
    with database.reading() as rows:
        assert settings.get(rows, "cursor") is None


# Leases


def test_serials_are_taken_in_order_until_the_leases_are_spent(database: Database) -> None:
    with database.writing() as session:
        leases.add(session, 1000, 2)
        leases.add(session, 400, 2)
        leases.add(session, 400, 2)
    with database.reading() as rows:
        assert leases.remaining(rows) == 4
    taken = []
    for _ in range(6):
        with database.writing() as session:
            taken.append(leases.take(session))
    assert taken == [400, 401, 1000, 1001, None, None]
    with database.reading() as rows:
        assert leases.remaining(rows) == 0
        assert leases.leases(rows) == ((400, 2, 2), (1000, 2, 2))


def test_a_case_that_is_not_saved_gives_its_serial_back(database: Database) -> None:
    with database.writing() as session:
        leases.add(session, 1, 200)
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        assert leases.take(session) == 1
        assert leases.take_spare(session) == 1
        raise ZeroDivisionError
    with database.writing() as session:
        assert leases.take(session) == 1
        assert [leases.take_spare(session) for _ in range(3)] == [1, 2, 3]


@pytest.mark.parametrize(("first", "count"), [(100, 100), (100, 300), (0, 101), (299, 1), (50, 500)])
def test_leases_never_overlap(database: Database, first: int, count: int) -> None:
    with database.writing() as session:
        leases.add(session, 100, 200)
        leases.add(session, 300, 200)
    with pytest.raises(Refused, match="lease_overlaps"), database.writing() as session:
        leases.add(session, first, count)


def test_threads_never_share_a_serial(database: Database) -> None:
    with database.writing() as session:
        leases.add(session, 0, 200)
    taken: list[int | None] = []

    def take() -> None:
        for _ in range(10):
            with database.writing() as session:
                taken.append(leases.take(session))

    threads = [threading.Thread(target=take) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(number for number in taken if number is not None) == list(range(40))


# Clerks


def published(name: str, pin: str, **more: Any) -> PublishedClerk:
    return PublishedClerk(name=name, role="village_clerk", division="350212103201", pin_hash=pins.pin_hash(pin), **more)


def test_a_clerk_signs_in_with_his_pin_only(database: Database) -> None:
    with database.writing() as session:
        clerks.install(session, [published("王芳", "2468", bodies=("ybj",)), published("李雷", "1357", active=False)])
    wang = Clerk(name="王芳", role="village_clerk", division="350212103201", bodies=("ybj",))
    full_width = "".join(chr(ord(digit) + 0xFEE0) for digit in "2468")
    assert clerks.sign_in(database, "王芳", "2468") == clerks.sign_in(database, "王芳", full_width) == wang
    refused = [
        ("赵六", "2468", "clerk_unknown"), ("李雷", "1357", "clerk_inactive"), ("王芳", "1357", "pin_wrong"),
        ("王芳", None, "pin_needed"), ("王芳", "", "pin_needed"), ("王芳' OR 1=1 --", "2468", "clerk_unknown"),
    ]  # fmt: skip
    for name, pin, code in refused:
        with pytest.raises(NotAuthorised, match=code) as caught:
            clerks.sign_in(database, name, pin)
        assert caught.value.fields == {"clerk": name}


def test_a_later_publication_replaces_a_clerk(database: Database) -> None:
    for clerk in (published("王芳", "2468"), published("王芳", "9999", active=False)):
        with database.writing() as session:
            clerks.install(session, [clerk])
    with database.reading() as rows:
        assert [clerk.active for clerk in clerks.every(rows)] == [False]
        assert clerks.find(rows, "王芳") == clerks.every(rows)[0]
        assert clerks.find(rows, "赵六") is None


def test_a_hash_that_is_none_matches_nothing() -> None:
    assert pins.pin_matches(pins.pin_hash("1234"), "1234")
    assert not any(pins.pin_matches(kept, "1234") for kept in ("", "1234", "$argon2id$v=19$broken", "村"))


# Catalogue


def record(version: int, **more: Any) -> dict[str, Any]:
    return {"demo_impl_code": "A1", "version": version, "item_name": f"参保登记{version}", "aliases": ["参保"],
            "implementing_dept": "医保局", "status": "在用", "later_field": {"kept": 1}, **more}  # fmt: skip


def install(database: Database, *records: dict[str, Any], today: date = TODAY) -> None:
    with database.writing() as session:
        catalogue.install(session, [(one, {"readings": {"参": "can shen"}}) for one in records], today)


@pytest.mark.parametrize(
    ("changes", "current"),
    [
        ([{}, {}], 2),
        ([{"effective_from": "2026-01-01"}, {"effective_from": "2026-07-01"}], 2),
        ([{"effective_from": "2026-01-01"}, {"effective_from": "2026-07-02"}], 1),
        ([{}, {"effective_to": "2026-07-01"}], 2),
        ([{}, {"effective_to": "2026-06-30"}], 1),
        ([{}, {"status": "暂停"}], 2),
        ([{"effective_to": "2026-06-30"}, {"effective_from": "2027-01-01"}], None),
    ],
)
def test_the_current_version_is_the_newest_in_force_suspended_or_not(
    database: Database, changes: list[dict[str, Any]], current: int | None
) -> None:
    install(database, *(record(number, **change) for number, change in enumerate(changes, 1)))
    with database.reading() as rows:
        assert [entry.version for entry in catalogue.entries(rows)] == ([] if current is None else [current])
        assert catalogue.versions(rows, "A1") == (1, 2)
        if current is None:
            with pytest.raises(Refused, match="item_not_current"):
                catalogue.item(rows, "A1")
            assert catalogue.newest(rows, "A1", TODAY).version == 1
        else:
            assert catalogue.item(rows, "A1").version == current


def test_a_new_day_changes_what_is_current(database: Database) -> None:
    install(database, record(1), record(2, effective_from="2026-07-02"))
    catalogue.keep_current(database, date(2026, 7, 2))
    with database.reading() as rows:
        assert catalogue.item(rows, "A1").version == 2


def test_an_older_version_stays_and_unknown_fields_are_kept(database: Database) -> None:
    install(database, record(1), record(2))
    with database.reading() as rows:
        assert catalogue.item(rows, "A1", 1).name == "参保登记1"
        assert catalogue.record(rows, "A1", 1) == record(1)
        (entry,) = catalogue.entries(rows)
    assert (entry.code, entry.name, entry.aliases, entry.department) == ("A1", "参保登记2", ("参保",), "医保局")
    assert entry.keys.readings == {"参": "can shen"}


def test_a_version_published_again_replaces_itself(database: Database) -> None:
    install(database, record(1))
    install(database, record(1, item_name="改名"))
    with database.reading() as rows:
        assert catalogue.item(rows, "A1").name == "改名"


def test_an_unknown_item_is_said_so(database: Database) -> None:
    install(database, record(1))
    with database.reading() as rows:
        for code, version in (("B2", None), ("A1", 9)):
            with pytest.raises(BadInput, match="unknown_item") as caught:
                catalogue.item(rows, code, version)
            assert caught.value.fields == {"field": "item", "item": code, "version": version}


def test_a_bad_record_installs_nothing(database: Database) -> None:
    with pytest.raises(BadInput):
        install(database, record(1), {"demo_impl_code": "B2"})
    with database.reading() as rows:
        assert catalogue.entries(rows) == ()


def test_the_newest_calendar_counts(database: Database) -> None:
    with database.reading() as rows:
        assert catalogue.calendar(rows) is None
    with database.writing() as session:
        for version in (2, 1, 2):
            catalogue.install_calendar(session, version, Calendar(version=version).document())
    with database.reading() as rows:
        assert catalogue.calendar(rows) == Calendar(version=2)


# Files


@pytest.fixture
def store(tmp_path: Path) -> Materials:
    return Materials(tmp_path / "home", KEY, Chance())


def test_a_kept_file_comes_back_and_is_not_readable_on_the_disk(tmp_path: Path, store: Materials) -> None:
    source = tmp_path / "scan.jpg"
    source.write_bytes("陈秀英 350200195503120025".encode() * 1000)
    blob = store.keep_file(source)
    assert store.read(blob.sha256) == source.read_bytes()
    assert blob.size == source.stat().st_size
    kept = tmp_path / "home" / "blobs" / blob.sha256[:2] / blob.sha256
    assert "陈秀英".encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o077 == 0
    with pytest.raises(Damaged, match="blob_damaged"):
        Materials(tmp_path / "home", bytes(48), Chance()).read(blob.sha256)


def test_every_change_of_a_kept_file_is_found_and_keeping_it_again_heals_it(
    tmp_path: Path, store: Materials, database: Database
) -> None:
    blob = store.keep(b"a scan")
    with database.writing() as session:
        materials.enter(session, blob, 1)
        materials.enter(session, blob, 2)
    path = tmp_path / "home" / "blobs" / blob.sha256[:2] / blob.sha256
    whole = path.read_bytes()
    changed = [whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :] for place in range(len(whole))]
    for damaged in (*changed, b"", whole[:-1], whole + b"x"):
        path.write_bytes(damaged)
        with pytest.raises(Damaged, match="blob_damaged"):
            store.read(blob.sha256)
    path.unlink()
    with database.reading() as rows:
        assert [fault.document() for fault in store.faults(rows)] == [{"code": "blob_missing", "sha256": blob.sha256}]
        assert store.keep(b"a scan") == blob == materials.entered(rows, blob.sha256)
        assert list(store.faults(rows)) == []
        assert materials.entered(rows, "0" * 64) is None


def test_one_file_cannot_stand_for_another(tmp_path: Path, store: Materials) -> None:
    one, other = store.keep(b"one"), store.keep(b"two")
    folder = tmp_path / "home" / "blobs"
    (folder / one.sha256[:2] / one.sha256).write_bytes((folder / other.sha256[:2] / other.sha256).read_bytes())
    with pytest.raises(Damaged, match="blob_damaged"):
        store.read(one.sha256)


def test_files_have_a_limit(tmp_path: Path, store: Materials, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(materials, "FILE_BYTES_MAX", 10)
    (tmp_path / "eleven").write_bytes(b"x" * 11)
    (tmp_path / "empty").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe")
    for name, code in (("eleven", "file_too_large"), ("empty", "file_empty"), ("absent", "file_unreadable"),
                       ("", "file_unreadable"), ("pipe", "file_unreadable")):  # fmt: skip
        with pytest.raises(BadInput, match=code):
            store.keep_file(tmp_path / name)
    assert store.read(store.keep(b"x" * 10).sha256) == b"x" * 10


def test_a_file_is_synced_before_it_has_its_name(store: Materials, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only the order of the calls can show this: after a kill, unsynced files look as if they were safe."""
    calls: list[str] = []
    sync, replace = os.fsync, Path.replace

    def seen_sync(handle: int) -> None:
        calls.append("sync folder" if os.fstat(handle).st_mode & 0o040000 else "sync file")
        sync(handle)

    def seen_replace(path: Path, target: Path) -> Path:
        calls.append("rename")
        return replace(path, target)

    store.keep(b"makes the folders")
    monkeypatch.setattr(os, "fsync", seen_sync)
    monkeypatch.setattr(Path, "replace", seen_replace)
    store.keep(b"a scan")
    assert calls[-3:] == ["sync file", "rename", "sync folder"]


# Who read what


def test_reads_are_chained_and_sent_in_order(database: Database) -> None:
    for number in range(3):
        with database.changing() as rows:
            read_audit.append(rows, at=number, clerk="王芳", case_id=f"c{number}", what="case", reason="问进度")
            read_audit.append(rows, at=number, clerk="王芳", case_id=f"c{number}", what="id_no")
    with database.reading() as rows:
        assert read_audit.verify(rows) == 6
        assert [line.seq for line in read_audit.lines(rows, after=2, limit=3)] == [3, 4, 5]


def test_an_empty_chain_holds(database: Database) -> None:
    with database.reading() as rows:
        assert read_audit.verify(rows) == 0


@pytest.mark.parametrize(
    "change",
    ["UPDATE read_audit SET clerk = 'x' WHERE seq = 2", "DELETE FROM read_audit WHERE seq = 2",
     "UPDATE read_audit SET hash = 'x' WHERE seq = 2", "UPDATE read_audit SET seq = 9 WHERE seq = 3"],
)  # fmt: skip
def test_what_was_changed_past_the_triggers_is_found(database: Database, change: str) -> None:
    with database.changing() as rows:
        for number in range(3):
            read_audit.append(rows, at=number, clerk="王芳", case_id="c", what="case")
    with pytest.raises(dbapi2.IntegrityError):
        database.connect().execute(change)
    raw = database.connect()
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type = 'trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    raw.execute(change)
    with database.reading() as rows, pytest.raises(Damaged, match="read_audit_broken"):
        read_audit.verify(rows)
