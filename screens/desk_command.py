"""`station` and `station desk`: the terminal screens, one desk a home, watched by a launcher."""

from __future__ import annotations

import gc
import os
import sys
from argparse import Namespace

from screens.context import Context
from screens.launcher import launch
from station.errors import Refused

FROZEN_SIZE = ("COLUMNS", "LINES")  # of a shell that exports them: Textual would believe them after every resize


def desk(context: Context, _args: Namespace) -> int:
    """Opens the screens. Raises Refused `terminal_needed`, StationError `screens_fell`; else ends as the screens do."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise Refused("terminal_needed")
    turn = launch(context)
    return _screens(context, reopened=turn.reopened) if turn.code is None else turn.code


def _screens(context: Context, *, reopened: bool) -> int:
    """The screens themselves. Raises Busy where another desk is open, Refused `home_missing`."""
    for name in FROZEN_SIZE:
        os.environ.pop(name, None)
    gc.disable()  # what is imported stays: looking through it again and again costs a tenth of the start
    from screens.counter_app import CounterApp  # noqa: PLC0415
    from screens.locked_counter import LockedCounter  # noqa: PLC0415
    from station.locks import sole  # noqa: PLC0415

    gc.freeze()
    gc.enable()
    counter = LockedCounter(context.home)
    counter.needs_passphrase()
    app = CounterApp(counter, context.words, hint=context.words.say("launcher.reopened") if reopened else "")
    with sole(context.home, "desk"):
        try:
            code = app.run() or 0
        finally:
            app.counter.close()
    if app.bug is not None:
        raise app.bug  # told as every bug is: where it was, and nothing of what it says
    return code
