"""`schedule install|remove|show`: syncs of one home that nobody has to think of."""

from __future__ import annotations

import os
import sys
from argparse import Namespace
from pathlib import Path

from screens.context import DONE, Context
from screens.schedules import choice
from screens.schedules.schedule import Found, minutes_of, spoken
from station.errors import Refused

LAUNCHER = "STATION_LAUNCHER"  # set by the program that starts the installed version: it outlives an update


def schedule(context: Context, args: Namespace) -> int:
    """One of the three. Raises BadInput `schedule_every` or `_home`, Refused `schedule_none` or `schedule_refused`."""
    return {"install": _install, "remove": _remove, "show": _show}[args.schedule_command](context, args)


def _install(context: Context, args: Namespace) -> int:
    """One schedule a home: a second install changes the first. Raises Refused `home_missing`."""
    from station import vault  # noqa: PLC0415

    home, say = context.home, context.words.say
    asked = minutes_of(args.every)
    if not (home / vault.FILE).exists():
        raise Refused("home_missing", home=str(home))
    system, made = choice.install(home, asked, sys.executable, os.environ.get(LAUNCHER, ""))
    every, name = spoken(made.minutes), say(f"schedule.{system.NAME}")
    found = system.found(home) or Found(every, "", running=None)
    unattended = _is_unattended(home, found)
    context.answer(
        {"installed": True, "system": system.NAME, "every": every, "asked": spoken(asked), "unattended": unattended}
        | {"running": found.running},
        lambda: say("schedule.installed", system=name, every=_every(context, every)),
    )
    if made.minutes != asked:
        told = {"asked": _every(context, spoken(asked)), "every": _every(context, every)}
        context.say(say("schedule.rounded", system=name, **told))
    _mind(context, found)
    return DONE


def _remove(context: Context, _args: Namespace) -> int:
    """What is not there is taken away too."""
    removed = choice.remove(context.home)
    document = {"installed": False, "removed": removed}
    return context.answer(document, lambda: context.words.say("schedule.removed" if removed else "schedule.absent"))


def _show(context: Context, _args: Namespace) -> int:
    """What the system holds, not what was once asked for."""
    held = choice.found(context.home)
    if held is None:
        return context.answer({"installed": False}, lambda: context.words.say("schedule.absent"))
    system, found = held
    document = {
        "installed": True,
        "system": system.NAME,
        "every": found.every,
        "unattended": _is_unattended(context.home, found),
        "running": found.running,
        "last": found.last,
        "last_exit": found.last_exit,
        "next": found.next,
        "command": found.command,
    }
    context.answer(document, lambda: _shown(context, system.NAME, found))
    _mind(context, found)
    return DONE


def _shown(context: Context, system: str, found: Found) -> str:
    say = context.words.say
    lines = [say("schedule.installed", system=say(f"schedule.{system}"), every=_every(context, found.every))]
    if found.last:
        code = {} if found.last_exit is None else {"code": found.last_exit}
        lines.append(say("schedule.last", at=found.last, **code))
    if found.next:
        lines.append(say("schedule.next", at=found.next))
    return "\n".join([*lines, say("schedule.command", command=found.command)])


def _every(context: Context, every: str) -> str:
    """`15m` in words."""
    say, count = context.words.say, every[:-1]
    return say("schedule.hours", count=count) if every.endswith("h") else say("schedule.minutes", count=count)


def _mind(context: Context, found: Found) -> None:
    """What would make a clerk believe in a sync that does not come."""
    if not _has_keyring(context.home):
        context.say(context.words.say("schedule.attended"))
    elif not found.keyring:
        context.say(context.words.say("schedule.keyless"))
    if found.running is False:
        context.say(context.words.say("schedule.asleep"))


def _is_unattended(home: Path, found: Found) -> bool:
    """Whether a sync can open the base without a person."""
    return found.keyring and _has_keyring(home)


def _has_keyring(home: Path) -> bool:
    """Whether the key of the base is in the keyring of this user."""
    from station import vault  # noqa: PLC0415

    return (home / vault.FILE).exists() and vault.mode(home) == "keyring"
