"""The headless read path starts without the heavy packages: import contracts cannot see what is fetched while running.

Each module is imported in a process of its own. To put another module under test, add a line to HEADLESS.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

# A name here that does not exist fails its test: nothing is skipped.
HEADLESS = (
    "station.errors",
    "station.case",
    "station.operation",
    "station.item",
    "station.case_states",
    "station.reducer",
    "station.identity",
    "station.numbers",
    "station.database",
    "station.case_lists",
    "station.case_document",
    "station.clerks",
    "station.catalogue",
    "station.item_search",
    "station.replica",
    "station.vault",
    "station.desk",
    "sync.settling",
    "sync.messages",
    "sync.exchange",
    "sync.runner",
    "screens.command_line",
    "screens.arguments",
    "screens.words",
    "screens.case_commands",
    "screens.item_commands",
    "screens.station_commands",
    "screens.conflict_commands",
)
HEAVY = ("alembic", "httpx", "keyring", "pydantic", "sqlalchemy", "sqlmodel", "textual")

LOOK = f"import sys, importlib; importlib.import_module(sys.argv[1]); print(*sorted(set({HEAVY!r}) & set(sys.modules)))"


def heavy_packages_of(module: str) -> list[str]:
    found = subprocess.run([sys.executable, "-c", LOOK, module], cwd=ROOT, capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    return found.stdout.split()


@pytest.mark.parametrize("module", HEADLESS)
def test_headless_modules_import_nothing_heavy(module: str) -> None:
    assert heavy_packages_of(module) == []


def test_the_look_itself_sees_a_heavy_package() -> None:
    assert "sqlalchemy" in heavy_packages_of("sqlalchemy")


def test_a_module_that_does_not_exist_is_not_passed_over() -> None:
    with pytest.raises(AssertionError, match="ModuleNotFoundError"):
        heavy_packages_of("station.does_not_exist")
