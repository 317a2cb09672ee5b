"""The base: what it refuses, what survives a kill, who waits for whom, and that no damage or change goes unseen."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session as PlainSession
from sqlcipher3 import dbapi2

from station import database as base
from station import disk_trouble, durable_files, schema, sessions
from station.database import Database
from station.errors import Busy, Damaged, Refused, StationError
from station.tables import JournalRow, PayloadRow, ReadAuditRow, Setting, VerdictRow, WorkRow

ROOT = Path(__file__).resolve().parent.parent
KEY = bytes(range(48))
MOVED = """REPLACE INTO journal SELECT epoch, dseq + 1, op_id, device, act, case_id, clerk, role, at, hlc, elapsed,
boot, base_epoch, base_seq, payload_hash, prev, hash FROM journal"""
CHILD = """
import sys
from pathlib import Path
from station.database import Database
from station.tables import Setting
database = Database(Path(sys.argv[1]), bytes(range(48)))
for number in range(int(sys.argv[3]), int(sys.argv[4])):
    with database.writing() as session:
        for part in range(5):
            session.add(Setting(key=f"{sys.argv[2]} {number} {part}", value="x" * 3000))
    print(number, flush=True)
"""


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(tmp_path / "station.db", KEY)
    schema.migrate(made)
    return made


def child(database: Database, name: str, first: int, end: int) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", CHILD, str(database.path), name, str(first), str(end)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def put(database: Database, key: str, value: str = "1") -> None:
    with database.writing() as session:
        session.add(Setting(key=key, value=value))


def keys(database: Database) -> list[str]:
    with database.reading() as rows:
        return [row[0] for row in rows.execute("SELECT key FROM setting ORDER BY key").fetchall()]


def entry(dseq: int, epoch: int = 1, case: str = "c1") -> JournalRow:
    name = f"{epoch}-{dseq}"
    return JournalRow(
        epoch=epoch, dseq=dseq, device="d", act="take", case_id=case, clerk="k", role="r", at=1, hlc=0, elapsed=0,
        boot="", base_epoch=0, base_seq=0, payload_hash="p", prev="v", hash=f"h{name}", op_id=f"o{name}",
    )  # fmt: skip


def sql(database: Database, statement: str) -> None:
    with database.writing() as session:
        session.connection().exec_driver_sql(statement)


# What it says about itself


def test_every_connection_is_wal_full_and_private(database: Database) -> None:
    with database.reading() as rows:
        asked = ("journal_mode", "synchronous", "foreign_keys", "busy_timeout", "temp_store", "recursive_triggers")
        found = [rows.execute(f"PRAGMA {name}").fetchone()[0] for name in asked]
    assert found == ["wal", 2, 1, base.BUSY_MS, 2, 1]
    with database.writing() as session:
        assert sessions.rows(session).execute("PRAGMA synchronous").fetchone() == (2,)
    assert database.path.stat().st_mode & 0o077 == 0


def test_opening_reading_and_checking_the_schema_bring_no_sqlalchemy(database: Database) -> None:
    code = (
        "import sys; from pathlib import Path; from station.database import Database; from station import schema\n"
        "from station import catalogue, clerks, leases, materials, read_audit, settings, vault, locks\n"
        "database = Database(Path(sys.argv[1]), bytes(range(48))); schema.ensure_current(database)\n"
        "with database.reading() as rows: settings.identity(rows); leases.remaining(rows); catalogue.entries(rows)\n"
        "print(sorted({'sqlalchemy', 'sqlmodel', 'pydantic', 'alembic', 'keyring'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(database.path)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


def test_an_unsafe_sqlite_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dbapi2, "sqlite_version_info", (3, 51, 2))
    with pytest.raises(Refused, match="unsafe_sqlite"):
        Database(tmp_path / "station.db", KEY)


@pytest.mark.parametrize("weaker", ["journal_mode=DELETE", "synchronous=NORMAL"])
def test_a_weaker_journal_is_refused(database: Database, monkeypatch: pytest.MonkeyPatch, weaker: str) -> None:
    database.close()
    monkeypatch.setattr(base, "_SETTINGS", (*base._SETTINGS, weaker))
    with pytest.raises(Refused, match="unsafe_journal_mode"), database.reading():
        pass


# Keys and damage


def test_another_key_opens_nothing(database: Database) -> None:
    database.close()
    for other in (bytes(48), KEY[:-17] + b"x" + KEY[-16:]):
        with pytest.raises(Damaged, match="database_unreadable"), Database(database.path, other).reading():
            pass


def test_a_missing_base_is_not_taken_for_an_empty_one(tmp_path: Path) -> None:
    absent = Database(tmp_path / "station.db", KEY)
    for use in (absent.reading, absent.writing):
        with pytest.raises(Damaged, match="database_missing"), use():
            pass
    assert not absent.path.exists()


def test_nothing_of_a_citizen_is_readable_on_the_disk(database: Database) -> None:
    put(database, "陈秀英", "350200195503120025")
    for file in database.path.parent.iterdir():
        for planted in ("陈秀英".encode(), b"350200195503120025", b"SQLite format"):
            assert planted not in file.read_bytes()


def test_every_flipped_bit_is_found(database: Database) -> None:
    put(database, "much", "x" * 20_000)
    database.close()
    whole = database.path.read_bytes()
    for place in range(20, len(whole), len(whole) // 40):
        broken = bytearray(whole)
        broken[place] ^= 1
        database.path.write_bytes(broken)
        with pytest.raises(Damaged, match="database_unreadable"):
            read_all(database)
        database.close()
    database.path.write_bytes(whole)
    read_all(database)


def read_all(database: Database) -> None:
    with database.reading() as rows:
        faults = rows.execute("PRAGMA cipher_integrity_check").fetchall()
        rows.execute("PRAGMA integrity_check").fetchall()
        if faults:
            raise Damaged("database_unreadable")


# Transactions


def test_a_block_that_fails_leaves_nothing(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.add(Setting(key="half", value="1"))
        session.flush()
        raise ZeroDivisionError
    assert keys(database) == []


def test_a_commit_inside_the_block_does_not_split_it(database: Database) -> None:
    with pytest.raises(ZeroDivisionError), database.writing() as session:
        session.add(Setting(key="half", value="1"))
        session.commit()
        raise ZeroDivisionError
    assert keys(database) == []


def test_what_a_block_loaded_stays_readable(database: Database) -> None:
    put(database, "kept", "7")
    with database.writing() as session:
        row = session.get(Setting, "kept")
    assert row is not None
    assert row.value == "7"


def test_a_reader_sees_one_moment_and_never_waits(database: Database) -> None:
    put(database, "a")
    with database.reading() as rows:
        put(database, "b")
        assert rows.execute("SELECT count(*) FROM setting").fetchone() == (1,)
    assert keys(database) == ["a", "b"]


def test_a_reader_cannot_write(database: Database) -> None:
    with pytest.raises(StationError, match="disk_error"), database.reading() as rows:
        rows.execute("INSERT INTO setting VALUES ('x', '1')")
    assert keys(database) == []


def test_the_session_reads_what_it_has_written(database: Database) -> None:
    with database.writing() as session:
        session.add(Setting(key="new", value="1"))
        assert sessions.rows(session).execute("SELECT value FROM setting WHERE key = 'new'").fetchone() == ("1",)


def test_an_error_carries_no_citizen(database: Database) -> None:
    put(database, "a")
    with pytest.raises(IntegrityError) as caught, database.writing() as session:
        session.add(Setting(key="a", value="陈秀英"))
    assert "陈秀英" not in str(caught.value)


# Several at once


def test_many_threads_write_and_read(database: Database) -> None:
    def work(name: int) -> None:
        for number in range(10):
            put(database, f"{name} {number}")
            keys(database)

    threads = [threading.Thread(target=work, args=(name,)) for name in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(keys(database)) == 60


def test_two_processes_write_at_once(database: Database) -> None:
    children = [child(database, name, 0, 40) for name in ("left", "right")]
    assert [one.wait() for one in children] == [0, 0]
    assert len(keys(database)) == 2 * 40 * 5


@pytest.mark.parametrize("inside", [True, False], ids=["same process", "another process"])
def test_who_waits_too_long_is_told_who_holds_it(
    database: Database, monkeypatch: pytest.MonkeyPatch, inside: bool
) -> None:
    monkeypatch.setattr(base, "_SETTINGS", ("busy_timeout=20", *base._SETTINGS[1:]))
    monkeypatch.setattr(sessions, "BUSY_MS", 20)
    other = Database(database.path, KEY)
    first = other if inside else database
    with (
        first.writing() as session,
        pytest.raises(Busy, match="busy") as caught,
        other.writing(),
    ):
        session.add(Setting(key="never", value="1"))
    assert caught.value.fields == {"holder": "database"}
    put(other, "afterwards")
    assert "afterwards" in keys(database)


def test_a_killed_process_loses_nothing_that_it_acknowledged(database: Database) -> None:
    acknowledged: list[int] = []
    for _ in range(3):
        first = len(acknowledged) * 2 + 1
        one = child(database, f"run{first}", first, first + 10_000)
        assert one.stdout is not None
        for _ in range(8):
            line = one.stdout.readline()
            acknowledged.append(int(line))
        os.kill(one.pid, signal.SIGKILL)
        acknowledged += [int(line) for line in one.stdout.read().splitlines(keepends=True) if line.endswith("\n")]
        one.wait()
        one.stdout.close()
    there: dict[int, int] = {}
    for key in keys(database):
        there[int(key.split()[1])] = there.get(int(key.split()[1]), 0) + 1
    assert set(acknowledged) <= set(there)
    assert set(there.values()) == {5}
    assert len(there) <= len(acknowledged) + 3  # the one that was being said when the kill came
    read_all(database)


# A failing disk


def limited(database: Database, code: str) -> subprocess.CompletedProcess[str]:
    """Runs code in a process whose files may grow by only some kilobytes."""
    start = (
        "import resource, signal, sys; from pathlib import Path; from station.database import Database\n"
        "from station.errors import StationError; from station.tables import Setting\n"
        "database = Database(Path(sys.argv[1]), bytes(range(48)))\n"
        "def put(key, size=1):\n"
        "    with database.writing() as session: session.add(Setting(key=key, value='x' * size))\n"
        "def limit(size): resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
    )
    command = [sys.executable, "-c", start + code, str(database.path)]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.mark.skipif(sys.platform != "linux", reason="limits of a process")
def test_a_failing_disk_refuses_clearly_reading_goes_on_and_later_writes_hold(database: Database) -> None:
    put(database, "before")
    done = limited(
        database,
        "put('warm')\nlimit(200_000)\n"
        "try: put('too much', 400_000)\n"
        "except StationError as trouble: print(trouble.code, type(trouble).__name__)\n"
        "with database.reading() as rows: print(rows.execute('SELECT count(*) FROM setting').fetchone()[0])\n"
        "limit(resource.RLIM_INFINITY)\nput('after')\n",
    )
    assert (done.stdout, done.stderr) == ("disk_error StationError\n2\n", "")
    assert keys(database) == ["after", "before", "warm"]


def test_a_full_disk_is_told_and_is_no_damage(database: Database) -> None:
    with pytest.raises(StationError) as caught, database.writing() as session:
        sessions.rows(session).execute("PRAGMA max_page_count=1")
        session.add(Setting(key="much", value="x" * 100_000))
    assert (type(caught.value), caught.value.code) == (StationError, "disk_full")
    put(database, "after")
    assert keys(database) == ["after"]


def test_a_commit_that_fails_is_not_trusted_again(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next use must open the base anew, and nothing of the refused commit may come back."""
    opened: list[int] = []
    connect = database.connect

    def counted() -> object:
        opened.append(1)
        return connect()

    database = Database(database.path, KEY)
    monkeypatch.setattr(database, "connect", counted)
    put(database, "before")
    keys(database)
    trouble = dbapi2.OperationalError("disk I/O error")
    trouble.sqlite_errorname = "SQLITE_IOERR_FSYNC"

    def fail(session: PlainSession) -> None:
        raise trouble

    with pytest.raises(StationError, match="disk_error"), database.writing() as session:
        session.add(Setting(key="refused", value="1"))
        fail(session)
    assert keys(database) == ["before"]
    assert len(opened) == 2
    put(database, "after")
    assert keys(database) == ["after", "before"]
    assert len(opened) == 3


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("SQLITE_FULL", "disk_full"),
        ("SQLITE_IOERR_FSYNC", "disk_error"),
        ("SQLITE_BUSY_SNAPSHOT", "busy"),
        ("SQLITE_CORRUPT", "database_unreadable"),
        ("SQLITE_CONSTRAINT_UNIQUE", None),
        ("SQLITE_ERROR", None),
    ],
)
def test_what_the_base_answers_has_one_name(name: str, code: str | None) -> None:
    trouble = dbapi2.OperationalError("x")
    trouble.sqlite_errorname = name
    found = disk_trouble.of_base(trouble)
    assert (found.code if found else None) == code


def test_a_file_is_whole_or_absent(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "deep" / "file"
    durable_files.make_folder(path.parent)
    durable_files.write(path, b"old")
    assert path.stat().st_mode & 0o077 == 0

    def fail(handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(StationError, match="disk_full"), disk_trouble.told():
        durable_files.write(path, b"new")
    assert [(file.name, file.read_bytes()) for file in path.parent.iterdir()] == [("file", b"old")]


# What may not change


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE journal SET clerk = 'other'",
        "DELETE FROM journal",
        "INSERT OR REPLACE INTO journal SELECT * FROM journal",
        MOVED,
        "UPDATE payload SET args = '{}'",
        "INSERT OR REPLACE INTO payload SELECT * FROM payload",
        "UPDATE read_audit SET reason = 'other'",
        "DELETE FROM read_audit",
        "INSERT OR REPLACE INTO read_audit SELECT * FROM read_audit",
        "UPDATE verdict SET op_id = 'other'",
    ],
)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_what_is_written_for_good_refuses_to_change(database: Database, statement: str, recursive: str) -> None:
    with database.writing() as session:
        session.add(entry(1))
        session.add(PayloadRow(op_id="o1-1", salt="s", args='{"a":1}'))
        session.add(VerdictRow(op_id="o1-1", outcome="applied", seq=1, at=1))
        session.add(ReadAuditRow(seq=1, at=1, clerk="k", case_id="c", what="w", prev="p", hash="h"))
    with database.reading() as rows:
        before = [rows.execute(f"SELECT * FROM {name}").fetchall() for name in ("journal", "payload", "read_audit")]
    with pytest.raises(IntegrityError), database.writing() as session:
        sessions.rows(session).execute(f"PRAGMA recursive_triggers={recursive}")
        session.connection().exec_driver_sql(statement)
    with database.reading() as rows:
        after = [rows.execute(f"SELECT * FROM {name}").fetchall() for name in ("journal", "payload", "read_audit")]
    assert after == before


def test_a_payload_may_be_erased(database: Database) -> None:
    with database.writing() as session:
        session.add(PayloadRow(op_id="o", salt="s", args="{}"))
    sql(database, "DELETE FROM payload")


def test_columns_refuse_values_of_another_kind(database: Database) -> None:
    with pytest.raises(IntegrityError):
        sql(database, "INSERT INTO lease VALUES ('first', 1, 0)")


def test_a_number_is_given_once_and_may_be_absent_often(database: Database) -> None:
    def work(case: str, number: str) -> WorkRow:
        return WorkRow(
            case_id=case, number=number, item_code="i", item_version=1, item_name="n", division="d", status="S",
            body="{}",
        )  # fmt: skip

    with database.writing() as session:
        session.add_all([work("1", ""), work("2", ""), work("3", "26")])
    with pytest.raises(IntegrityError), database.writing() as session:
        session.add(work("4", "26"))


# Pending


def pending(database: Database) -> list[tuple[int, int]]:
    with database.reading() as rows:
        found: list[tuple[int, int]] = rows.execute("SELECT epoch, dseq FROM pending ORDER BY epoch, dseq").fetchall()
        truth = "SELECT epoch, dseq FROM journal WHERE op_id NOT IN (SELECT op_id FROM verdict) ORDER BY 1, 2"
        assert found == rows.execute(truth).fetchall()
        return found


def test_pending_is_the_journal_without_its_verdicts(database: Database) -> None:
    with database.writing() as session:
        session.add_all([entry(1), entry(2, case="c2"), entry(1, epoch=2)])
    assert pending(database) == [(1, 1), (1, 2), (2, 1)]
    with database.writing() as session:
        session.merge(VerdictRow(op_id="o1-2", outcome="applied", seq=4, at=1))
    assert pending(database) == [(1, 1), (2, 1)]
    with database.writing() as session:
        session.merge(VerdictRow(op_id="o1-2", outcome="merged", seq=5, at=2))
    sql(database, "INSERT OR REPLACE INTO verdict SELECT * FROM verdict")
    assert pending(database) == [(1, 1), (2, 1)]
    sql(database, "DELETE FROM verdict")
    assert pending(database) == [(1, 1), (1, 2), (2, 1)]


def test_pending_is_found_without_reading_the_journal(database: Database) -> None:
    with database.reading() as rows:
        for query in (
            "SELECT op_id FROM pending ORDER BY epoch, dseq",
            "SELECT op_id FROM pending WHERE case_id = 'c'",
        ):
            plan = " ".join(row[3] for row in rows.execute(f"EXPLAIN QUERY PLAN {query}").fetchall())
            assert "TEMP B-TREE" not in plan
            assert "journal" not in plan
