"""`station`: from the words of a call to one function, and from any trouble to a code, a sentence and an exit status.

Only what a call needs is imported. A traceback is a bug.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

from screens.context import DONE, FAILED, Context

if TYPE_CHECKING:
    from argparse import Namespace

Command = Callable[[Context, "Namespace"], int]
INTERRUPTED = 130
FRAMES_MAX = 6
DESK = "desk_command:desk"
LATER = "later:later"  # takes any arguments: what a command will be called with is promised already


def main(argv: Sequence[str] | None = None) -> int:
    """Runs one command and returns its exit code."""
    from screens.arguments import parser  # noqa: PLC0415

    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(AttributeError, ValueError):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace")  # type: ignore[union-attr]
    reading = parser()
    args, unknown = reading.parse_known_args(argv)
    if unknown and getattr(args, "target", "") != LATER:
        reading.error(f"unrecognized arguments: {' '.join(unknown)}")
    if args.command is None:
        args.command, args.target = "desk", DESK
    context = Context(home=args.home, lang=args.lang, as_json=args.json, clerk=args.clerk)
    return _run(context, args)


def _run(context: Context, args: Namespace) -> int:
    from station.errors import StationError  # noqa: PLC0415

    module, _, name = args.target.partition(":")
    command: Command = getattr(import_module(f"screens.{module}"), name)
    try:
        return command(context, args)
    except StationError as error:
        return context.trouble(error)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away: nobody is left to tell. Python would complain again at exit, so give it nowhere to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED
    except Exception as bug:
        return context.trouble(StationError("bug", kind=type(bug).__name__, where=_where(bug)))


def _where(bug: BaseException) -> list[str]:
    """The lines of code that a bug came through, and nothing of what it says: that may be a citizen's name."""
    frames = traceback.extract_tb(bug.__traceback__)[-FRAMES_MAX:]
    return [f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames]


if __name__ == "__main__":
    sys.exit(main() or DONE)
