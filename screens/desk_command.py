"""`station` and `station desk`: the terminal screens, one desk a home."""

from __future__ import annotations

import sys
from argparse import Namespace

from screens.context import Context
from station.errors import Refused
from station.locks import sole


def desk(context: Context, _args: Namespace) -> int:
    """Opens the screens. Raises Busy where another desk is open, Refused `terminal_needed`, `home_missing`."""
    from screens.counter import Counter  # noqa: PLC0415
    from screens.counter_app import CounterApp  # noqa: PLC0415

    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("terminal_needed")
    counter = Counter(context.home)
    counter.needs_passphrase()
    app = CounterApp(counter, context.words)
    with sole(context.home, "desk"):
        try:
            code = app.run() or 0
        finally:
            counter.close()
    if app.bug is not None:
        raise app.bug  # told as every bug is: where it was, and nothing of what it says
    return code
