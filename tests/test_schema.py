"""The schema: program and migrations say the same, and a broken migration breaks nothing."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, event
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from station import schema
from station.database import Database
from station.errors import Damaged, Refused
from station.tables import Row, Setting

ROOT = Path(__file__).resolve().parent.parent
KEY = bytes(range(48))
NEWEST = schema.REVISIONS[-1]
NEXT = f"{int(NEWEST) + 1:04}"
COMING = f'''"""A revision that is still to come, for the tests."""

from alembic import op

revision = "{NEXT}"
down_revision = "{NEWEST}"


def upgrade() -> None:
    op.execute("ALTER TABLE clerk ADD COLUMN post TEXT NOT NULL DEFAULT ''")
    op.execute("CREATE TABLE visit (id TEXT PRIMARY KEY) STRICT")
    op.execute("UPDATE setting SET value = '2' WHERE key = 'mark'")
    op.execute("CREATE TRIGGER visit_stays BEFORE DELETE ON visit BEGIN SELECT RAISE(ABORT, 'no'); END")
'''


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    made = Database(tmp_path / "station.db", KEY)
    yield made
    made.close()


@pytest.fixture
def coming(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """Called, it makes this program one that knows a further revision."""

    def know() -> None:
        scripts = tmp_path / "migrations"
        shutil.copytree(schema.SCRIPTS, scripts)
        (scripts / "versions" / f"{NEXT}_coming.py").write_text(COMING, encoding="utf-8")
        monkeypatch.setattr(schema, "SCRIPTS", scripts)
        monkeypatch.setattr(schema, "REVISIONS", (*schema.REVISIONS, NEXT))

    return know


def whole(database: Database) -> list[tuple[Any, ...]]:
    """Everything in the base, as text."""
    with database.reading() as rows:
        found = rows.execute("SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%'").fetchall()
        tables = [name for kind, name, _ in found if kind == "table"]
        contents = [(name, *rows.execute(f"SELECT * FROM {name}").fetchall()) for name in sorted(tables)]
    return sorted(found) + contents


@contextmanager
def broken_at(statement: int) -> Iterator[list[str]]:
    """Raises at that statement of SQLAlchemy; gives the statements seen."""
    seen: list[str] = []

    def count(connection: Any, cursor: Any, sql: str, *rest: Any) -> None:
        seen.append(sql)
        if len(seen) == statement:
            raise KeyboardInterrupt

    event.listen(Engine, "before_cursor_execute", count)
    try:
        yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", count)


@pytest.mark.filterwarnings("ignore:.*expression-based index")  # the next test compares these
def test_the_tables_of_the_program_are_the_tables_of_the_base(database: Database) -> None:
    schema.migrate(database)
    with database.writing() as session:
        context = MigrationContext.configure(session.connection(), opts={"compare_type": True})
        assert compare_metadata(context, Row.metadata) == []


def test_strictness_and_conditions_agree_too(database: Database) -> None:
    """What alembic does not compare: STRICT, WITHOUT ROWID, and the WHERE of an index."""
    schema.migrate(database)
    dialect = sqlite.dialect()
    tables = Row.metadata.sorted_tables
    said = {table.name: plain(CreateTable(table).compile(dialect=dialect)) for table in tables}
    said |= {str(i.name): plain(CreateIndex(i).compile(dialect=dialect)) for table in tables for i in table.indexes}
    with database.reading() as rows:
        query = "SELECT name, sql FROM sqlite_schema WHERE type IN ('table', 'index') AND sql IS NOT NULL"
        made = {name: plain(sql) for name, sql in rows.execute(query).fetchall() if name != "alembic_version"}
    assert made == said


def plain(sql: object) -> str:
    return "".join(str(sql).replace('"', "").split())


def test_the_revisions_are_those_in_the_folder() -> None:
    config = Config()
    config.set_main_option("script_location", str(schema.SCRIPTS))
    scripts = ScriptDirectory.from_config(config)
    assert tuple(reversed([script.revision for script in scripts.walk_revisions()])) == schema.REVISIONS
    assert scripts.get_heads() == [schema.REVISIONS[-1]]


def test_migrating_again_changes_nothing_and_copies_nothing(database: Database) -> None:
    schema.migrate(database)
    before = whole(database)
    schema.migrate(database)
    schema.ensure_current(database)
    assert whole(database) == before
    assert not list(database.path.parent.glob("*before*"))


def test_a_lost_base_is_said_to_be_lost(database: Database) -> None:
    with pytest.raises(Damaged, match="database_missing"):
        schema.ensure_current(database)
    database.create_file()
    with pytest.raises(Damaged, match="database_missing"):
        schema.ensure_current(database)


def test_a_base_of_a_newer_program_is_left_alone(database: Database) -> None:
    schema.migrate(database)
    with database.writing() as session:
        session.connection().exec_driver_sql("UPDATE alembic_version SET version_num = '0999'")
    before = whole(database)
    for start in (schema.ensure_current, schema.migrate):
        with pytest.raises(Refused, match="schema_newer") as caught:
            start(database)
        assert caught.value.fields == {"found": "0999", "known": schema.REVISIONS[-1]}
    assert whole(database) == before


def test_a_base_of_an_older_program_is_copied_then_migrated(database: Database, coming: Callable[[], None]) -> None:
    schema.migrate(database)
    with database.writing() as session:
        session.add(Setting(key="mark", value="1"))
    before = whole(database)
    older = database.path.with_name(f"station.db.before-{NEWEST}")
    older.write_bytes(b"an older copy")
    coming()
    schema.ensure_current(database)
    assert schema.revision(database) == NEXT
    copy = Database(schema.copy_path(database), KEY)
    assert whole(copy) == before
    copy.close()
    assert copy.path.stat().st_mode & 0o077 == 0
    assert not older.exists()
    with pytest.raises(Damaged, match="database_unreadable"), Database(copy.path, bytes(48)).reading():
        pass


@pytest.mark.parametrize("fresh", [True, False], ids=["new base", "older base"])
def test_a_migration_broken_anywhere_leaves_whole_revisions_and_runs_again(
    tmp_path: Path, coming: Callable[[], None], fresh: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Database(tmp_path / "model" / "station.db", KEY)
    if not fresh:
        schema.migrate(model)
        with model.writing() as session:
            session.add(Setting(key="mark", value="1"))
        coming()
    model.create_file()
    begun, known = schema.revision(model), schema.REVISIONS
    stages = {begun: whole(model)}
    model.close()
    for count in range(known.index(begun) + 2 if begun else 1, len(known) + 1):
        monkeypatch.setattr(schema, "REVISIONS", known[:count])
        with broken_at(0) as statements:
            stages[known[count - 1]] = migrated(model.path, tmp_path / f"to{count}")
    outcomes = set()
    for statement in range(1, len(statements) + 1):
        database = copied(model.path, tmp_path / f"at{statement}")
        with broken_at(statement), pytest.raises(KeyboardInterrupt):
            schema.migrate(database)
        found = schema.revision(database)
        outcomes.add(found if whole(database) == stages[found] else "torn")
        schema.migrate(database)
        assert whole(database) == stages[known[-1]]
        database.close()
    assert outcomes == set(stages) - {known[-1]}
    assert len(statements) > 6


def copied(path: Path, folder: Path) -> Database:
    folder.mkdir()
    shutil.copy(path, folder)
    return Database(folder / path.name, KEY)


def migrated(path: Path, folder: Path) -> list[tuple[Any, ...]]:
    database = copied(path, folder)
    schema.migrate(database)
    found = whole(database)
    database.close()
    return found


def test_two_processes_may_migrate_at_once(database: Database) -> None:
    code = (
        "import sys; from pathlib import Path; from station.database import Database; from station import schema\n"
        "schema.migrate(Database(Path(sys.argv[1]), bytes(range(48))))"
    )
    command = [sys.executable, "-c", code, str(database.path)]
    children = [subprocess.Popen(command, cwd=ROOT, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    assert [one.communicate()[1] for one in children] == ["", "", ""]
    assert schema.revision(database) == schema.REVISIONS[-1]
