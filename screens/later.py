"""Commands that are promised and not there yet: they say so."""

from __future__ import annotations

from argparse import Namespace

from screens.context import Context
from station.errors import NotYet


def later(_context: Context, args: Namespace) -> int:
    """Raises NotYet `not_yet` with the command's name."""
    raise NotYet("not_yet", what=getattr(args, "hub_command", None) or args.command)
