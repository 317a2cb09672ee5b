"""Seeded scripts of keys for tests/ordered_keys_app.py, each with what every field must receive."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from typing import NamedTuple

ENTER, TAB, BACKSPACE, F4, F8, F9 = b"\r", b"\t", b"\x7f", b"\x1bOS", b"\x1b[19~", b"\x1b[20~"
PASTE = (b"\x1b[200~", b"\x1b[201~")
LETTERS = "王建国李秀英清河镇村𠮷𬱖·abcdefgh0123456789 XYZ"
SPEEDS_MS = (0, 0, 0, 1, 1, 2, 5, 10, 50)  # a character; the last one is an upper bound, chosen for each character


class Press(NamedTuple):
    """Bytes of one key or paste, and the pause after them."""

    data: bytes
    pause_s: float


@dataclass
class Script:
    """What is pressed and what must come of it: field -> text, fields named by the number of their page."""

    seed: int
    presses: list[Press] = field(default_factory=list)
    expected: dict[str, str] = field(default_factory=dict)
    pages: int = 1

    def __post_init__(self) -> None:
        self.chance = random.Random(self.seed)
        self.speed_ms = self.chance.choice(SPEEDS_MS)
        for _ in range(self.chance.choice((1, 1, 1, 1, 2))):
            self._case()
        self.expected = {name: text for name, text in self.expected.items() if text}

    def _case(self) -> None:
        """One intake: the first page opens a form, the form a review, the review leads back."""
        self._word(self.chance.choice("hsw") + self.chance.choice(("", "yl", "低保")))
        self._key(ENTER)
        form = self._page()
        asks = self.chance.random() < 0.3
        self._fill(form, "name")
        self._onward()
        if self.chance.random() < 0.5:
            self._fixed(form, "id_no", 18)
        else:
            self._fill(form, "id_no")
            self._onward()
        if asks:
            self._dialog(form)
        elif self.chance.random() < 0.5:
            self._fixed(form, "phone", 11)
        else:
            self._fill(form, "phone", most=9)
            self._onward()
        self._fill(form, "note")
        self._key(ENTER)
        self._fill(self._page(), "remark")
        self._key(ENTER)

    def _dialog(self, form: int) -> None:
        """A dialog over the form; its answer comes back, and the keys go on in the last field."""
        self._key(F4)
        self._fill(self._page(), "why")
        self.expected[f"{form}.answer"] = self.expected.get(f"{self.pages}.why", "")
        self._key(ENTER)

    def _fill(self, page: int, name: str, most: int = 8) -> None:
        text = "".join(self.chance.choices(LETTERS, k=self.chance.randint(1, most)))
        way = self.chance.random()
        if way < 0.2:  # a paste, sometimes of two lines
            lines = [part for part in (text[:3].strip(), text[3:].strip()) if part]
            self._key(PASTE[0] + "\n".join(lines).encode() + PASTE[1])
            text = " ".join(lines)
        elif way < 0.35:  # a busy page after Enter, awake or asleep
            text = text[:-1] + self.chance.choice("bk")
            self._word(text)
        elif way < 0.5:  # a slip, corrected
            self._word(text + "错")
            self._key(BACKSPACE)
        else:
            self._word(text)
        self.expected[f"{page}.{name}"] = text

    def _fixed(self, page: int, name: str, length: int) -> None:
        """A scanner or a clerk: the field goes on by itself when it is full."""
        text = "".join(self.chance.choices("0123456789", k=length))
        self._word(text)
        self.expected[f"{page}.{name}"] = text

    def _word(self, text: str) -> None:
        for char in text:
            self._key(char.encode())

    def _onward(self) -> None:
        self._key(self.chance.choice((ENTER, TAB)))

    def _page(self) -> int:
        self.pages += 1
        return self.pages

    def _key(self, data: bytes) -> None:
        most = self.speed_ms / 1_000
        pause = self.chance.uniform(0, most) if self.speed_ms == SPEEDS_MS[-1] else most
        self.presses.append(Press(data, pause))
