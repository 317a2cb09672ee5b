"""Small writes by plain DB-API: all or nothing, durable or not, and never in the way of the others."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from station import schema, settings
from station.database import Database
from station.errors import StationError

KEY = bytes(range(48))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(tmp_path / "station.db", KEY)
    schema.migrate(made)
    return made


@pytest.mark.parametrize("durable", [True, False])
def test_a_small_write_is_seen_by_the_next_reader(database: Database, durable: bool) -> None:
    with database.changing(durable=durable) as rows:
        settings.keep(rows, "k", {"n": 1})
    with database.reading() as rows:
        assert settings.get(rows, "k") == {"n": 1}


def test_what_breaks_inside_leaves_nothing_and_the_next_write_works(database: Database) -> None:
    with pytest.raises(RuntimeError), database.changing() as rows:
        settings.keep(rows, "k", 1)
        raise RuntimeError
    with database.reading() as rows:
        assert settings.get(rows, "k") is None
    with database.changing() as rows:
        settings.keep(rows, "k", 2)
    with database.writing() as session:
        settings.put(session, "k", 3)
    with database.reading() as rows:
        assert settings.get(rows, "k") == 3


def test_drafts_are_written_without_waiting_for_the_disk_and_cases_with(database: Database) -> None:
    with database.changing(durable=False) as rows:
        assert rows.execute("PRAGMA synchronous").fetchone() == (1,)
    with database.changing() as rows:
        assert rows.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_full_disk_is_told_and_the_next_small_write_opens_anew(database: Database) -> None:
    with database.changing() as rows:
        pages = rows.execute("PRAGMA page_count").fetchone()[0]
        rows.execute(f"PRAGMA max_page_count={pages + 1}")
    with pytest.raises(StationError) as told, database.changing() as rows:
        settings.keep(rows, "k", "x" * 500_000)
    assert told.value.code == "disk_full"
    with database.changing() as rows:
        settings.keep(rows, "k", "x" * 500_000)
    with database.reading() as rows:
        assert len(settings.get(rows, "k")) == 500_000


def test_after_a_close_a_small_write_opens_the_base_again(database: Database) -> None:
    with database.changing() as rows:
        settings.keep(rows, "k", 1)
    database.close()
    with database.changing() as rows:
        assert settings.get(rows, "k") == 1


def test_a_small_write_needs_no_sqlalchemy(database: Database) -> None:
    program = (
        "import sys; from pathlib import Path; from station.database import Database; from station import settings\n"
        f"database = Database(Path({str(database.path)!r}), bytes(range(48)))\n"
        "with database.changing() as rows: settings.keep(rows, 'k', 1)\n"
        "assert not {'sqlalchemy', 'sqlmodel', 'pydantic'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", program], check=True, timeout=60)
