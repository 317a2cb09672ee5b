"""The real app with one intake open, for tests and measurements in a pty. Nobody looks for a hub.

python tests/intake_app.py HOME ITEM [STEP]
"""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from screens import wiring
from screens.counter import Counter
from screens.counter_app import CounterApp
from screens.hub_watch import HubWatch
from screens.pages.intake import IntakePage
from screens.words import Words
from station import clerks
from station.database import Database

KEY = bytes(range(48))  # of the bases of tests/loop_city.py
CLERK = "林小梅"


class IntakeApp(CounterApp):
    def on_mount(self) -> None:
        self.call_after_refresh(self.begin)

    def begin(self) -> None:
        item = self.counter.item(sys.argv[2])
        draft = msgspec.structs.replace(self.counter.new_draft(item), step=int(*sys.argv[3:]))
        self.switch("today")
        self.push_screen(IntakePage(item, draft))


async def _no_hub(_watch: HubWatch) -> None:
    """Syncs have their own tests."""


def main() -> None:
    counter = Counter(Path(sys.argv[1]))
    counter._database = Database(counter.home / wiring.BASE, KEY)
    with counter.database.reading() as reader:
        counter.clerk = clerks.find(reader, CLERK)
    HubWatch.run = _no_hub  # type: ignore[method-assign]
    app = IntakeApp(counter, Words.of("zh-Hans"))
    app.run()
    counter.close()


if __name__ == "__main__":
    main()
