"""Drafts: what a clerk typed survives her program, and goes only with the case that was made of it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from station import drafts, schema
from station.database import Database
from station.drafts import Draft

KEY = bytes(range(48))


@pytest.fixture
def database(tmp_path: Path) -> Database:
    made = Database(tmp_path / "station.db", KEY)
    schema.migrate(made)
    return made


def kept(database: Database) -> list[Draft]:
    with database.reading() as reader:
        return drafts.every(reader)


def test_a_draft_comes_back_as_it_was_typed_with_the_last_one_in_front(database: Database) -> None:
    first = Draft(
        id="d1", clerk="林小梅", item="x", applicant={"name": "陈秀英\u200b", "id_no": "3502"}, answers={"q": [1, "二"]}
    )
    drafts.keep(database, first, 1_000)
    second = drafts.keep(database, Draft(id="d2", clerk="林小梅", step=2, note="缺照片"), 2_000)
    assert kept(database) == [second, drafts.keep(database, first, 1_000)]
    third = drafts.keep(database, first, 3_000, durable=True)
    assert [each.id for each in kept(database)] == ["d1", "d2"]
    assert kept(database)[0] == third


def test_an_untouched_draft_is_empty_and_a_typed_one_is_not() -> None:
    assert Draft(id="d", clerk="c", item="x").empty
    assert not Draft(id="d", clerk="c", applicant={"name": "陈"}).empty


def test_a_discarded_draft_is_gone_and_discarding_twice_harms_nobody(database: Database) -> None:
    drafts.keep(database, Draft(id="d1", clerk="c"), 1)
    for _ in range(2):
        with database.changing() as rows:
            drafts.discard(rows, "d1")
    assert kept(database) == []
    with database.reading() as reader:
        assert drafts.one(reader, "d1") is None


def test_kill_9_loses_no_keystroke_that_was_kept(database: Database) -> None:
    program = (
        "import sys; from pathlib import Path; from station import drafts; from station.database import Database\n"
        "from station.drafts import Draft\n"
        f"database = Database(Path({str(database.path)!r}), bytes(range(48)))\n"
        "for number in range(100_000):\n"
        "    drafts.keep(database, Draft(id='d', clerk='c', note=str(number)), number)\n"
        "    print(number, flush=True)\n"
    )
    process = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    for _ in range(50):
        told = int(process.stdout.readline())
    os.kill(process.pid, signal.SIGKILL)
    rest = [int(line) for line in process.stdout.read().splitlines() if line.isdigit()]
    process.wait(30)
    assert int(kept(database)[0].note) >= max([told, *rest[:-1]])
