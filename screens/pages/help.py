"""Help: the page below step by step, and every key."""

from __future__ import annotations

from screens.pages.frame import CounterPage
from screens.pages.reading import ReadingPage
from screens.widgets.key_bar import KeyLabel, key_name


class HelpPage(ReadingPage):
    """What the page below is for, step by step; then its keys, and those that mean the same everywhere."""

    title_id = "help.title"

    def __init__(self, under: CounterPage) -> None:
        super().__init__()
        self._under = under

    async def begin(self) -> None:
        """Steps, keys of the page, keys everywhere."""
        say, labels = self.words.say, self._under.labels()
        self.name_place(say(self._under.title_id))
        lines = [(say("help.step", number=place + 1), say(step)) for place, step in enumerate(self._under.help_steps)]
        lines += [(key_name(key), self._what(key, label)) for key, label in labels.items()]
        lines += [(say(f"help.{name}_key"), say(f"help.{name}")) for name in ("twin", "digit", "escape", "typing")]
        self.show(lines)

    def _what(self, key: str, label: KeyLabel) -> str:
        reason = self._under.reason(key)
        return self.words.say(label.label, **label.fields) + (f"（{reason}）" if reason else "")
