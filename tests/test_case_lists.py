"""The queue page by page: the same order as a plain sort, both ways, with ties and without dates; words and filters."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from station import case_lists, case_queue, schema
from station.case_queue import Filter, Key, Queued, Wanted
from station.database import Database, Reader

DAYS = (None, None, "2026-11-20", "2026-11-22", "2026-11-23", "2026-12-24")
STATES = ("RECEIVED", "CORRECTION", "ACCEPTED", "REVIEW_DEPT", "CLOSED", "DELIVERED", "VOID", "WITHDRAWN")
NAMES = ("王建国", "王建", "欧阳春", "陈秀英", "林小梅", "李建王")
ITEMS = (("A1", "城乡居民养老保险参保登记"), ("B2", "高龄津贴申请"), ("C3", "居住证变更"))
UNTIL = date(2026, 11, 23)
COUNT = 400


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reader]:
    """A base with cases of every kind, many of them alike in day and time."""
    database = Database(tmp_path_factory.mktemp("queue") / "station.db", bytes(range(48)))
    schema.migrate(database)
    chance = random.Random(5)
    with database.changing() as rows:
        for number in range(COUNT):
            add(rows, number, chance)
        for case in ("case-003", "case-007"):
            rows.execute("INSERT INTO conflict VALUES (?, ?, 'open', 1, '{}')", (f"c-{case}", case))
    with database.reading() as found:
        yield found
    database.close()


def add(rows: Reader, number: int, chance: random.Random) -> None:
    code, item = chance.choice(ITEMS)
    status = chance.choice(STATES)
    pre = ', "pre_accepted_on": "2026-11-20"' if chance.random() < 0.3 else ""
    values = {
        "case_id": f"case-{number:03}",
        "number": f"26{number:09}0",
        "item_code": code,
        "item_version": 1,
        "item_name": item,
        "name": chance.choice(NAMES),
        "id_no": f"3502001955031{number:04}X" if number % 3 else "",
        "phone": f"1380000{number:04}" if number % 2 else "",
        "division": chance.choice(("350212103201", "350212103202")),
        "status": status,
        "received_on": "2026-11-01",
        "due_on": chance.choice(DAYS),
        "sync": chance.choice(("pending", "parked", *["acknowledged"] * 8)),
        "changed_hlc": chance.randrange(12),
        "body": f'{{"fields": {{"status": "{status}"{pre}}}, "history": []}}',
    }
    rows.execute(
        f"INSERT INTO work ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", tuple(values.values())
    )


WANTED = [
    Wanted(),
    Wanted(filter=Filter.SOON, until=UNTIL),
    Wanted(filter=Filter.UNSENT),
    Wanted(filter=Filter.CONFLICT),
    Wanted(filter=Filter.CLOSED),
    Wanted(filter=Filter.MINE, turns={"RECEIVED": ("A1",), "CORRECTION": None}, division="350212103201"),
    Wanted(text="王建"),
    Wanted(text="养老 欧阳"),
    Wanted(text="12x"),
    Wanted(filter=Filter.CLOSED, text="建"),
    Wanted(filter=Filter.UNSENT, text="王"),
    Wanted(text="nobody"),
]


def whole(reader: Reader, wanted: Wanted) -> list[Key]:
    """The same cases by one look at every row, in plain order."""
    columns = (
        "case_id, due_on, changed_hlc, status, item_code, item_name, name, number, id_no, phone, sync, division, body"
    )
    rows = reader.execute(f"SELECT {columns} FROM work").fetchall()
    found = [dict(zip(columns.split(", "), row, strict=True)) for row in rows]
    keys = [(row["due_on"], row["changed_hlc"], row["case_id"]) for row in found if fits(row, wanted)]
    return sorted(keys, key=lambda key: (key[0] is None, key[0] or "", -key[1], key[2]))


def fits(row: dict[str, Any], wanted: Wanted) -> bool:
    ended = ("CLOSED", "DELIVERED", "NOT_ACCEPTED", "NOT_REQUIRED", "WITHDRAWN", "TERMINATED", "ARCHIVED", "VOID")
    codes = wanted.turns.get(row["status"], ())
    right = {
        Filter.ALL: True,
        Filter.SOON: row["due_on"] is not None and row["due_on"] <= wanted.until.isoformat(),
        Filter.UNSENT: row["sync"] == "pending",
        Filter.CONFLICT: row["sync"] == "parked" or row["case_id"] in ("case-003", "case-007"),
        Filter.CLOSED: row["status"] in ended,
        Filter.MINE: row["status"] in wanted.turns
        and (codes is None or row["item_code"] in codes)
        and row["division"].startswith(wanted.division)
        and not (row["status"] == "RECEIVED" and "pre_accepted_on" in row["body"]),
    }
    return right[wanted.filter] and all(
        word in row["name"] or word in row["item_name"] or word in row["number"] or ends(row, word)
        for word in wanted.text.split()
    )


def ends(row: dict[str, Any], word: str) -> bool:
    return word.isascii() and any(row[name].upper().endswith(word.upper()) for name in ("id_no", "phone"))


def keys(found: list[Queued]) -> list[Key]:
    return [each.key for each in found]


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: f"{wanted.filter} {wanted.text}")
@pytest.mark.parametrize("most", [1, 7, 1_000])
def test_pages_forward_and_back_are_the_plain_order(reader: Reader, wanted: Wanted, most: int) -> None:
    expected = whole(reader, wanted)
    forward: list[Key] = []
    while page := keys(case_queue.page(reader, wanted, forward[-1] if forward else None, most)):
        forward += page
    assert forward == expected
    back: list[Key] = []
    while page := keys(case_queue.page(reader, wanted, back[0] if back else None, most, forward=False)):
        back[:0] = page
    assert back == expected


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: f"{wanted.filter} {wanted.text}")
def test_walked_and_gathered_pages_are_the_same(
    reader: Reader, wanted: Wanted, monkeypatch: pytest.MonkeyPatch
) -> None:
    gathered = keys(case_queue.page(reader, wanted, None, 50))
    monkeypatch.setattr(case_queue, "GATHERED_MOST", 0)  # every word is too common
    assert keys(case_queue.page(reader, wanted, None, 50)) == gathered


@pytest.mark.parametrize("wanted", WANTED, ids=lambda wanted: f"{wanted.filter} {wanted.text}")
def test_the_count_is_that_of_all_pages(reader: Reader, wanted: Wanted) -> None:
    assert case_queue.count(reader, wanted) == (len(whole(reader, wanted)), False)


def test_a_count_ends_where_nobody_reads_on(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(case_queue, "COUNTED_MOST", 100)
    assert case_queue.count(reader, Wanted()) == (100, True)
    assert case_queue.count(reader, Wanted(filter=Filter.CLOSED)) == (100, True)


def test_a_key_whose_case_is_gone_still_has_its_place(reader: Reader) -> None:
    here, there = whole(reader, Wanted())[9:11]
    between = (here[0], here[1], f"{here[2]}-")
    assert keys(case_queue.page(reader, Wanted(), between, 1)) == [there]
    assert keys(case_queue.page(reader, Wanted(), between, 1, forward=False)) == [here]


def test_the_list_of_scripts_has_the_same_order(reader: Reader) -> None:
    listed = [row.case for row in case_lists.cases(reader, case_lists.Wanted(limit=COUNT))]
    assert listed == [key[2] for key in whole(reader, Wanted())]


def test_a_page_reads_by_an_index_and_sorts_no_more_than_one_day(reader: Reader) -> None:
    seen: list[str] = []

    class Explained:
        def execute(self, sql: str, parameters: Any = (), /) -> Any:
            if "json_each" not in sql:
                seen.extend(row[3] for row in reader.execute(f"EXPLAIN QUERY PLAN {sql}", parameters).fetchall())
            return reader.execute(sql, parameters)

    middle = whole(reader, Wanted())[200]
    for wanted in (Wanted(), Wanted(filter=Filter.CLOSED), Wanted(filter=Filter.SOON, until=UNTIL)):
        for forward in (True, False):
            case_queue.page(Explained(), wanted, middle, 5, forward=forward)
    searches = [line for line in seen if line.startswith("SEARCH work USING COVERING INDEX queue_") or "TEMP" in line]
    assert len(searches) == len(seen) > 0
    assert "USE TEMP B-TREE FOR ORDER BY" not in seen


def test_like_signs_in_a_word_mean_themselves(reader: Reader) -> None:
    for text in ("%", "_", "3%"):
        assert case_queue.page(reader, Wanted(text=text), None, 5) == []
