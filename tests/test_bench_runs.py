"""The bench runs to its end and says what it promises. Its numbers are nobody's business here."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

import station
from scripts.made_people import AREA, made_intakes
from station import check_digits
from station.checklist import unanswered
from station.intake import Warnings, checked_intake
from station.item_record import item_of

ROOT = Path(__file__).resolve().parent.parent
CATALOGUE = json.loads((Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8"))
ITEMS = {item.code: item for item in map(item_of, CATALOGUE["items"])}
TODAY = date(2026, 11, 23)
NAMES = {
    "start.help", "start.cases", "start.passphrase", "start.pin", "start.rest", "commit.take", "commit.added",
    "search.p50", "search.p99", "push.seconds", "push.requests", "push.bytes_up", "push.bytes_a_case",
    "push.bytes_down", "idle.requests", "idle.bytes_up", "idle.bytes_down", "idle.new", "idle.kept", "first_sync.22",
}  # fmt: skip


@pytest.mark.slow
def test_a_quick_bench_measures_everything_and_leaves_nothing(tmp_path: Path) -> None:
    command = [sys.executable, "scripts/bench.py", "--quick", "--json", "--folder", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, timeout=300, check=False)
    assert done.returncode == 0, done.stderr.decode()
    report = json.loads(done.stdout)
    assert report["quick"] is True
    figures = {figure["name"]: figure for figure in report["figures"]}
    assert set(figures) == NAMES
    assert all(figure["value"] > 0 for figure in figures.values())
    with_yardstick = [figure for figure in figures.values() if figure["yardstick"]]
    assert len(with_yardstick) >= 10
    for figure in with_yardstick:
        assert figure["ratio"] == pytest.approx(figure["value"] / figure["yardstick_value"])
    assert list(tmp_path.iterdir()) == []


def test_made_people_are_the_same_for_each_seed_and_nobody() -> None:
    lines = made_intakes(3, list(ITEMS.values()), 400)
    assert lines == made_intakes(3, list(ITEMS.values()), 400)
    assert lines != made_intakes(4, list(ITEMS.values()), 400)
    numbers = {line["applicant"]["id_no"] for line in lines}
    assert len(numbers) > 390
    for number in numbers:
        assert number.startswith(AREA)
        assert check_digits.mod_11_2(number[:17]) == number[17]


def test_made_intakes_are_what_a_counter_takes() -> None:
    lines = made_intakes(5, list(ITEMS.values()), 400)
    assert len({line["item"] for line in lines}) == 20
    for line in lines:
        item, warnings = ITEMS[line["item"]], Warnings()
        taken = checked_intake(line, item, TODAY, warnings)
        assert warnings == []
        assert taken["answers"] == line["answers"]
        assert unanswered(item, line["answers"]) == ()
