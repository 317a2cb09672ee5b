"""Drafts: what a clerk typed survives her program, and goes only with the case that was made of it."""

from __future__ import annotations

import json
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
DATA = Path(__file__).parent / "data"


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
    assert Draft(id="d", clerk="c", item="x", answers={"q": ""}).empty
    assert not Draft(id="d", clerk="c", applicant={"name": "陈"}).empty
    assert not Draft(id="d", clerk="c", agent={"name": "陈"}).empty
    assert not Draft(id="d", clerk="c", materials={"m": "paper"}).empty


def test_what_was_brought_from_an_earlier_case_stays_marked(database: Database) -> None:
    draft = Draft(id="d1", clerk="c", applicant={"phone": "13800000001"}, brought=("applicant.phone",))
    assert kept(database) == []
    drafts.keep(database, draft, 1)
    assert kept(database)[0].brought == ("applicant.phone",)


@pytest.mark.parametrize("file", ["blns.json", "terminal_escapes.json", "unicode_spoof.json"])
def test_hostile_texts_are_kept_to_the_byte(database: Database, file: str) -> None:
    records = json.loads((DATA / file).read_text(encoding="utf-8"))
    texts = [each if isinstance(each, str) else each.get("payload", each.get("text")) for each in records]
    assert len(texts) > 5
    draft = Draft(
        id="d1", clerk="c", answers={str(place): text for place, text in enumerate(texts)}, note="".join(texts)
    )
    drafts.keep(database, draft, 1)
    [back] = kept(database)
    assert [back.answers[str(place)].encode() for place in range(len(texts))] == [text.encode() for text in texts]
    assert back.note.encode() == draft.note.encode()


def test_a_draft_that_was_taken_never_comes_back(database: Database) -> None:
    drafts.keep(database, Draft(id="d1", clerk="c", note="甲"), 1)
    with database.changing() as rows:
        drafts.discard(rows, "d1")
        rows.execute("INSERT INTO intake_ref (ref, op_id, case_id) VALUES ('d1', 'o', 'c')")
    drafts.keep(database, Draft(id="d1", clerk="c", note="甲"), 2)
    assert kept(database) == []


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
