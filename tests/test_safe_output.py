"""No string from outside is obeyed by the terminal or hides in it, whichever widget shows it."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from functools import cache
from pathlib import Path

import pytest
from rich.cells import cell_len
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip

from screens.safe_output import COMBINED_MOST, data, install, is_hidden, shown

if sys.platform == "win32":
    pytest.skip("a pty is needed", allow_module_level=True)

import pyte

from scripts.pty_terminal import Terminal

HERE = Path(__file__).parent
APP = str(HERE / "hostile_app.py")
NAUGHTY = json.loads((HERE / "data" / "blns.json").read_text(encoding="utf-8"))
ESCAPES = json.loads((HERE / "data" / "terminal_escapes.json").read_text(encoding="utf-8"))
SPOOFS = json.loads((HERE / "data" / "unicode_spoof.json").read_text(encoding="utf-8"))
EVERY_CONTROL = [f"x{chr(code)}y" for code in (*range(32), 127, *range(128, 160), 0x2028, 0x2029, 0x202E, 0x200B)]
TOGETHER = 6  # of the tamer strings in one frame
GROUPS = [" ".join(NAUGHTY[first : first + TOGETHER]) for first in range(0, len(NAUGHTY), TOGETHER)]
CONTROLS = [each["payload"] for each in ESCAPES] + [each["text"] for each in SPOOFS] + [" ".join(EVERY_CONTROL)]
HOSTILE = CONTROLS + GROUPS
STRINGS = {"hostile": HOSTILE, "controls": CONTROLS, "harmless": ["王建国", "plain", "阿卜杜拉·买买提"] * 20}
SEQUENCE = re.compile(
    r"\x1b(?:\](?P<osc>[^\x07\x1b]*)\x07|\[(?P<head>[<=>?]?)(?P<numbers>[0-9;]*)(?P<middle>[ -/]*)"
    r"(?P<end>[@-~])|(?P<other>[^\[]))"
)
PARTS = ("osc", "head", "numbers", "middle", "end", "other")
MOVED = "\r\n"  # Textual ends its lines so
NEIGHBOUR = "RIGHT"
COLUMN = 40
PIECE = 4_096


@cache
def stream(kind: str, which: str) -> str:
    """All that the app writes while it shows every string."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "strings.json"
        file.write_text(json.dumps(STRINGS[which]), encoding="utf-8")
        with Terminal([APP, str(file), kind], more={"TEXTUAL_FPS": "240"}) as terminal:
            terminal.wait_for(b"ALL SHOWN", 120)
            return terminal.output.decode("utf-8")


def kinds_of(text: str) -> set[tuple[str, ...]]:
    """The kinds of sequences in a stream: what they begin and end with, and how many numbers they have."""
    found: set[tuple[str, ...]] = set()
    for match in SEQUENCE.finditer(text):
        osc, head, numbers, middle, end, other = (match[name] or "" for name in PARTS)
        fixed = numbers if head or end not in "Hm" else "2" if end == "H" and numbers.count(";") == 1 else ""
        found.add((osc, head, fixed, middle, end, other))
    return found


@pytest.mark.parametrize("kind", ["raw", "data"])
def test_nothing_of_the_data_is_obeyed(kind: str) -> None:
    text = stream(kind, "hostile")
    harmless = stream(kind, "harmless")
    assert kinds_of(text) - kinds_of(harmless) == set()
    rest = SEQUENCE.sub("", text)
    hidden = sorted({f"U+{ord(char):04X}" for char in rest if is_hidden(char) and char not in MOVED})
    assert hidden == []
    obeyed = [each["payload"] for each in ESCAPES if SEQUENCE.search(each["payload"])]
    assert len(obeyed) > 10
    assert [ascii(payload) for payload in obeyed if text.count(payload) > harmless.count(payload)] == []


def test_a_neighbour_stays_in_its_place() -> None:
    """On a terminal that obeys: what stands beside hostile data is never moved, in no frame.

    Emoji are left out: terminals do not agree on how wide their sequences are.
    """
    screen = pyte.Screen(80, 24)
    feed = pyte.Stream(screen)
    text = stream("raw", "controls")
    seen = []
    for first in range(0, len(text), PIECE):
        feed.feed(text[first : first + PIECE])
        seen.append("".join(screen.buffer[0][column].data for column in range(COLUMN, COLUMN + len(NEIGHBOUR))))
    assert set(seen[seen.index(NEIGHBOUR) :]) == {NEIGHBOUR}


def test_names_of_people_pass_as_they_are() -> None:
    for each in SPOOFS:
        if each["legitimate"]:
            assert shown(each["text"]) == each["text"], each["id"]
            assert data(each["text"]).plain == each["text"]
    for text in ("é\u0301", "葛\U000e0100", "\U00031350", "　"):
        assert shown(text) == text


def test_spoofs_are_seen() -> None:
    folded = {"cjk-compat", "fullwidth-id", "arabic-digits"}  # other letters, seen as what they are
    for each in SPOOFS:
        if not each["legitimate"] and each["id"] not in folded:
            assert shown(each["text"]) != each["text"], each["id"]
    assert len(shown("王" + "\u0301" * 300)) == 1 + COMBINED_MOST + 1


def test_a_mark_is_as_wide_as_it_is_drawn() -> None:
    for char in {char for text in HOSTILE for char in text if is_hidden(char)}:
        mark = shown(char)
        assert cell_len(f"王{mark}三") == 4 + len(mark) == 4 + cell_len(mark), ascii(char)


def test_markup_in_data_is_text() -> None:
    assert data("[@click=app.exit]点我[/]").plain == "[@click=app.exit]点我[/]"
    assert data("[@click=app.exit]点我[/]").spans == []


@pytest.mark.parametrize("text", ["\x1b]52;c;QUFB\x07", "a\tb\nc", "\u202e王", "\u009b2J", "x" * 50 + "\x1b"])
def test_the_fuse_keeps_the_width_of_a_strip(text: str) -> None:
    install()
    console = Console(width=80, color_system="truecolor", force_terminal=True)
    strip = Strip([Segment(text), Segment(" right", Style(bold=True))])
    written = SEQUENCE.sub("", strip.render(console))
    assert cell_len(written) == strip.cell_length
    assert not any(map(is_hidden, written))


def test_the_fuse_takes_links_away() -> None:
    install()
    console = Console(width=80, color_system="truecolor", force_terminal=True)
    strip = Strip([Segment("link", Style(link="file:///x\x1b]0;PWNED\x07", bold=True))])
    assert strip.render(console) == "\x1b[1mlink\x1b[0m"
