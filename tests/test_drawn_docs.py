"""Documents that are drawn from the sources are up to date, and their check says so when they are not."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from station.case_states import TABLE, State

ROOT = Path(__file__).resolve().parent.parent
DRAWN = {"draw_states.py": "case-states.md", "draw_rules.py": "rules.md"}


def draw(root: Path, script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-X", "utf8", str(root / "scripts" / script), *arguments]
    # The packages come from the tree under test, the scripts from `root`.
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONHASHSEED": "random"}
    return subprocess.run(
        command, cwd=root, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A tree with the scripts and the documents only, to be spoilt."""
    for folder, names in (("scripts", (*DRAWN, "drawn_document.py")), ("docs", DRAWN.values())):
        (tmp_path / folder).mkdir()
        for name in names:
            shutil.copy(ROOT / folder / name, tmp_path / folder / name)
    return tmp_path


@pytest.mark.parametrize("script", DRAWN)
def test_a_drawn_document_is_up_to_date(script: str) -> None:
    checked = draw(ROOT, script, "--check")
    assert checked.returncode == 0, checked.stdout + checked.stderr


@pytest.mark.parametrize(("script", "document"), DRAWN.items())
def test_a_stale_document_is_refused_with_a_hint(copied: Path, script: str, document: str) -> None:
    path = copied / "docs" / document
    path.write_text(path.read_text(encoding="utf-8").replace("`", "'", 1), encoding="utf-8")
    checked = draw(copied, script, "--check")
    assert checked.returncode == 1
    assert f"docs/{document} is stale" in checked.stdout
    assert "\n-" in checked.stdout
    path.unlink()
    assert draw(copied, script, "--check").returncode == 1
    assert not path.exists()


@pytest.mark.parametrize(("script", "document"), DRAWN.items())
def test_drawing_again_changes_nothing(copied: Path, script: str, document: str) -> None:
    assert draw(copied, script).returncode == 0
    assert (copied / "docs" / document).read_bytes() == (ROOT / "docs" / document).read_bytes()


def test_every_state_and_every_row_is_in_the_document() -> None:
    text = (ROOT / "docs" / "case-states.md").read_text(encoding="utf-8")
    rows = [line for line in text.partition("## Acts")[2].splitlines() if line.startswith("| ")]
    assert len(rows) == len(TABLE) + 2
    assert all(f"| `{state}` |" in text for state in State)
