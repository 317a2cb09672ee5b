"""docs/cli.md names every command, and what it shows can be typed."""

from __future__ import annotations

import argparse
import re
import shlex
from pathlib import Path

import pytest

from screens.arguments import HUB, STATION, parser

ROOT = Path(__file__).resolve().parent.parent
TEXT = (ROOT / "docs" / "cli.md").read_text(encoding="utf-8")
SYNOPSES = re.findall(r"`(station (?!\[)[^`]*)`", TEXT)
TYPED = [
    line
    for block in re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    for line in block.splitlines()
    if line.startswith("$ ") and "station " in line
]
NOT_YET = [f"station {name}" for name, row in STATION.items() if row[0] == "later:later"] + [
    f"station hub {name}" for name, row in HUB.items() if row[0] == "later:later"
]


def words_of(synopsis: str) -> list[str]:
    """A call from a synopsis: what is optional left out, the first of each choice, numbers where numbers are due."""
    text = synopsis.replace("\\|", "|")
    while "[" in text:
        text = re.sub(r"\[[^\[\]]*\]", "", text)
    return [word.split("|")[0] for word in text.split()[1:] if word not in ("|", "...")]


def options_of(synopsis: str) -> list[str]:
    return re.findall(r"--[a-z-]+", synopsis)


def known_options(words: list[str]) -> set[str]:
    """The options of the command that these words lead to, those of its subcommands included."""
    found: set[str] = set()
    waiting = [parser()]
    for word in words:
        choices = [action.choices for action in waiting[0]._actions if isinstance(action, argparse._SubParsersAction)]
        if choices and word in choices[0]:
            waiting = [choices[0][word]]
    while waiting:
        one = waiting.pop()
        for action in one._actions:
            found.update(action.option_strings)
            if isinstance(action, argparse._SubParsersAction):
                waiting += action.choices.values()
    return found


@pytest.mark.parametrize("command", [f"station {name}" for name in STATION] + [f"station hub {name}" for name in HUB])
def test_every_command_is_mentioned(command: str) -> None:
    assert re.search(rf"`{command}[ `]", TEXT), command


def test_what_is_not_there_yet_is_said_so() -> None:
    said = TEXT[TEXT.index("**Answer `not_yet`") : TEXT.index("## A walk through")]
    assert sorted(re.findall(r"`(station [a-z ]+)`", said)) == sorted(NOT_YET)


@pytest.mark.parametrize("synopsis", SYNOPSES)
def test_every_synopsis_parses(synopsis: str) -> None:
    words = words_of(synopsis)
    assert parser().parse_args(words).target
    assert set(options_of(synopsis)) <= known_options(words)


@pytest.mark.parametrize("line", TYPED)
def test_every_command_that_is_shown_parses(line: str) -> None:
    words = shlex.split(line.removeprefix("$ "))
    assert parser().parse_args(words[words.index("station") + 1 :]).target
