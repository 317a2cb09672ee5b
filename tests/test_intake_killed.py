"""A program that is killed while a clerk types: what was typed more than a moment ago is there."""

from __future__ import annotations

import random
import sys
import time
from pathlib import Path

import pytest
from loop_city import INSURANCE, City, Station

if sys.platform == "win32":
    pytest.skip("a pty is needed", allow_module_level=True)

import pyte

from scripts.pty_terminal import Terminal
from station import drafts

pytest_plugins = ["loop_fixtures"]

APP = str(Path(__file__).parent / "intake_app.py")
OPEN = "第1步".encode()
F8, F9 = b"\x1b[19~", b"\x1b[20~"
ID_NO = "350200193503120026"
NOTE = "备注"
SAFE_S = 0.3  # a letter that was on the screen so long ago is never lost
SEEDS = range(12)
QUICK = 2


def kept_note(village: Station) -> str:
    with village.database.reading() as reader:
        found = drafts.every(reader)
    village.database.close()
    return found[0].note if found else ""


def seen_note(terminal: Terminal, at: float) -> str:
    """What the clerk saw in the note at that time: as much of it as the field shows."""
    screen = pyte.Screen(80, 24)
    stream = pyte.ByteStream(screen)
    for chunk in terminal.chunks:
        if chunk.at <= at:
            stream.feed(chunk.data)
    lines = [line for line in screen.display if NOTE in "".join(line.split())]
    return lines[0].partition("[")[2].partition("]")[0].strip() if lines else ""


def typed_until_killed(village: Station, seed: int) -> tuple[str, str]:
    """Types into the note until the program is killed: all that was typed, and what the clerk had seen by then."""
    chance = random.Random(seed)
    village.database.close()
    with Terminal([APP, str(village.home), INSURANCE]) as terminal:
        terminal.wait_for(OPEN)
        terminal.wait_still(0, 0.2)
        terminal.type(b"\x1b[Z" + b"\x1b[B" * 6)  # from the number to the kind, and down to the note
        terminal.wait_still(0, 0.1)
        until = time.perf_counter() + chance.uniform(0.5, 1.6)
        typed = ""
        while time.perf_counter() < until:
            typed += chance.choice("0123456789abcdefghij")
            terminal.type(typed[-1].encode())
            time.sleep(chance.uniform(0, 0.03))
        killed_at = time.perf_counter()
    return typed, seen_note(terminal, killed_at - SAFE_S)


def survives(village: Station, seed: int) -> None:
    typed, seen = typed_until_killed(village, seed)
    kept = kept_note(village)
    assert typed.startswith(kept)
    assert seen, "nothing was typed long enough ago"
    assert seen in kept, f"seed {seed}: seen {seen}, kept {kept}"


@pytest.mark.parametrize("seed", SEEDS[:QUICK])
def test_no_letter_older_than_a_moment_is_lost_with_the_program(village: Station, seed: int) -> None:
    survives(village, seed)


@pytest.mark.slow
@pytest.mark.parametrize("seed", SEEDS[QUICK:])
def test_no_letter_is_lost_at_other_moments(village: Station, seed: int) -> None:
    survives(village, seed)


def test_a_whole_intake_typed_ahead_in_one_breath_arrives_right_and_is_not_taken_unseen(village: Station) -> None:
    village.database.close()
    keys = ID_NO.encode() + "黄阿婆\r13800000123军营村9号".encode() + F8 + b"112026\r1" + F8 + F8 + b" 2" + F9 + F9
    with Terminal([APP, str(village.home), INSURANCE]) as terminal:
        terminal.wait_for(OPEN)
        terminal.wait_still(0, 0.2)
        terminal.type(keys)
        terminal.wait_for("请先看清这一页".encode())
    with village.database.reading() as reader:
        [kept] = drafts.every(reader)
        assert reader.execute("SELECT count(*) FROM work").fetchone() == (0,)
    village.database.close()
    person = {"id_no": ID_NO, "name": "黄阿婆", "phone": "13800000123", "address": "军营村9号"}
    assert kept.applicant == person
    assert kept.answers == {"insured": "adult", "handler": "self", "insured_year": "2026", "enrol_kind": "new"}
    assert kept.materials == {"m_id_card": "original_seen", "m_form": "paper"}


def test_a_burst_that_ends_with_leaving_the_program_is_kept_whole(village: Station, city: City) -> None:
    village.database.close()
    with Terminal([APP, str(village.home), INSURANCE]) as terminal:
        terminal.wait_for(OPEN)
        terminal.wait_still(0, 0.2)
        terminal.type(ID_NO.encode() + "黄阿婆".encode() + b"\x11")  # Ctrl+Q
        terminal.wait_for(b"\x1b[?1049l", 20)
        until = time.monotonic() + 10
        while not terminal._over and time.monotonic() < until:
            time.sleep(0.01)
    with village.database.reading() as reader:
        [kept] = drafts.every(reader)
    assert kept.applicant == {"id_no": ID_NO, "name": "黄阿婆"}
