"""What must hold for the tree as a whole: sizes, names, numbering, locks, and nothing that belongs to one machine."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent

LINES_MOST = 500  # a longer file is doing a second thing
LINES_AIM = 200
BYTES_MOST = 1_000_000  # a checkout travels over a village's line
NAME_BYTES_MOST = 120  # Windows counts 260 characters for the whole path

# Written in pieces, so that this file does not find itself.
INDEX_HOSTS = re.compile("|".join(re.escape(host) for host in ("py" + "pi.org", "python" + "hosted.", "npm" + "js.")))
DISTRIBUTION_HOSTS = re.compile(re.escape("deb" + "ian.") + "(org|com)")
MACHINE_PATHS = re.compile("/(w" + "ork|fa" + "rm)/")

WINDOWS_FORBIDS = re.compile(r'[<>:"\\|?*\x00-\x1f]|[ .]$')
WINDOWS_RESERVES = re.compile(r"(?i)^(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?$")


def tree() -> list[Path]:
    """Every file that is or may be committed, relative to the root."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"]
    listed = subprocess.run(command, cwd=ROOT, capture_output=True, check=True).stdout
    paths = sorted({Path(os.fsdecode(name)) for name in listed.split(b"\0") if name})
    return [path for path in paths if (ROOT / path).is_file()]


def text_of(path: Path) -> str:
    """The text of a file; empty where it is not text."""
    data = (ROOT / path).read_bytes()
    return "" if b"\0" in data else data.decode("utf-8", errors="replace")


def lines_matching(pattern: re.Pattern[str]) -> list[str]:
    return [
        f"{path}:{number}"
        for path in tree()
        if path.suffix != ".svg"
        for number, line in enumerate(text_of(path).splitlines(), 1)
        if pattern.search(line)
    ]


def python_lengths() -> list[tuple[int, Path]]:
    lengths = [(len(text_of(path).splitlines()), path) for path in tree() if path.suffix == ".py"]
    return sorted(lengths, reverse=True)


def test_the_tree_is_not_empty() -> None:
    assert Path("pyproject.toml") in tree()


def test_no_python_file_is_so_long_that_it_does_a_second_thing() -> None:
    lengths = python_lengths()
    print(f"longest (the aim is {LINES_AIM}):", *(f"{path}: {lines}" for lines, path in lengths[:5]), sep="\n  ")
    assert [f"{path}: {lines}" for lines, path in lengths if lines > LINES_MOST] == []


def test_no_file_is_large() -> None:
    assert [str(path) for path in tree() if (ROOT / path).stat().st_size > BYTES_MOST] == []


@pytest.mark.parametrize("pattern", [INDEX_HOSTS, DISTRIBUTION_HOSTS, MACHINE_PATHS], ids=["index", "mirror", "path"])
def test_nothing_names_a_package_index_or_one_machine(pattern: re.Pattern[str]) -> None:
    assert lines_matching(pattern) == []


def test_the_patterns_see_what_they_are_for() -> None:
    assert INDEX_HOSTS.search("https://" + "py" + "pi.org/simple")
    assert MACHINE_PATHS.search("/w" + "ork/somewhere")


def test_names_are_good_on_windows_too() -> None:
    parts = {(path, part) for path in tree() for part in path.parts}
    bad = [str(path) for path, part in parts if WINDOWS_FORBIDS.search(part) or WINDOWS_RESERVES.match(part)]
    assert bad == []
    assert [str(path) for path in tree() if len(os.fsencode(path)) > NAME_BYTES_MOST] == []


def test_names_differ_by_more_than_case() -> None:
    folded = [str(path).casefold() for path in tree()]
    assert len(folded) == len(set(folded))


def test_decisions_are_numbered_without_gaps_and_say_what_they_must() -> None:
    records = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [path.name[:5] for path in records] == [f"{number:04}-" for number in range(1, len(records) + 1)]
    for path in records:
        text = path.read_text(encoding="utf-8")
        assert text.startswith(f"# {path.name[:4]}: "), path.name
        parts = [line for line in text.splitlines() if line.startswith(("Status: ", "## ", "### "))]
        assert parts[0].startswith("Status: "), path.name
        assert [line for line in parts if line.startswith("## ")] == ["## Context", "## Decision", "## Consequences"]
        assert "### The bad ones" in parts, path.name
        assert len(text.splitlines()) <= 60, f"{path.name} is longer than a page"


@pytest.mark.parametrize("name", ["station", "hub", "dev"])
def test_every_line_of_a_lock_is_a_pin_or_a_hash(name: str) -> None:
    text = (ROOT / "locks" / f"{name}.txt").read_text(encoding="utf-8")
    pins = [pin for pin in text.replace("\\\n", " ").splitlines() if pin.strip()]
    whole = re.compile(r"[A-Za-z0-9._-]+==[^\s;]+( ; [^\"@:]+?)?( +--hash=sha256:[0-9a-f]{64})+\s*")
    assert pins
    assert [pin.split()[0] for pin in pins if not whole.fullmatch(pin)] == []


@pytest.mark.parametrize("script", ["scripts/run.py", "scripts/test.py"])
def test_the_commands_of_the_readme_exist(script: str) -> None:
    assert f"python3 {script}" in (ROOT / "README.md").read_text(encoding="utf-8")
    assert (ROOT / script).is_file()


def test_links_between_documents_lead_somewhere() -> None:
    link = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")
    for path in tree():
        if path.suffix == ".md":
            for target in link.findall(text_of(path)):
                assert (ROOT / path.parent / target).exists(), f"{path} -> {target}"
