"""The words of the command line: what can be said, and to which function it leads. A promise to scripts outside.

A command is a line in a table below; its module is imported only when it is called.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable

Add = Callable[[argparse.ArgumentParser], None]


def parser() -> argparse.ArgumentParser:
    """The whole command line. Global options may stand before or after the command."""
    top = argparse.ArgumentParser(
        prog="station",
        description="Offline-first counter for a village service station 便民服务站. Without a command: the screens.",
        epilog="Exit codes: 0 done, 1 refused or failed, 2 wrong usage, 3 hub unreachable, 5 locked or not authorised.",
        parents=[_global(top=True)],
    )
    commands = top.add_subparsers(dest="command", metavar="COMMAND")
    for name, (target, text, add) in STATION.items():
        _command(commands, name, target, text, add)
    hub = commands.add_parser("hub", help="the hub's own commands", parents=[_global()])
    hub_commands = hub.add_subparsers(dest="hub_command", metavar="COMMAND", required=True)
    for name, (target, text, add) in HUB.items():
        _command(hub_commands, name, target, text, add)
    return top


def _command(commands: object, name: str, target: str, text: str, add: Add) -> None:
    made = commands.add_parser(name, help=text, description=text, parents=[_global()])  # type: ignore[attr-defined]
    made.set_defaults(target=target)
    add(made)


def _global(*, top: bool = False) -> argparse.ArgumentParser:
    """Options that every command takes. Below the top an absent one leaves what stood before the command."""
    default = None if top else argparse.SUPPRESS
    shared = argparse.ArgumentParser(add_help=False)
    shared.add_argument("--home", metavar="DIR", default=default, help="the home of one station or one hub")
    shared.add_argument("--lang", choices=("zh-Hans", "zh-Hant", "en"), default=default, help="language of the words")
    json_default = False if top else argparse.SUPPRESS
    shared.add_argument("--json", action="store_true", default=json_default, help="one JSON document on stdout")
    shared.add_argument("--as", dest="clerk", metavar="CLERK", default=default, help="who acts; PIN from STATION_PIN")
    return shared


def _none(_made: argparse.ArgumentParser) -> None:
    """A command without arguments of its own."""


def _file(made: argparse.ArgumentParser) -> None:
    made.add_argument("file", metavar="FILE", help="a file, or - for standard input")


def _demo(made: argparse.ArgumentParser) -> None:
    made.add_argument("--check", action="store_true", help="no terminal: the main job end to end, then exit 0 or 1")


def _init(made: argparse.ArgumentParser) -> None:
    made.add_argument("--division", required=True, metavar="CODE")
    made.add_argument("--name", required=True)
    made.add_argument("--keys", choices=("keyring", "passphrase"), help="where the key of the base lives")


def _enrol(made: argparse.ArgumentParser) -> None:
    made.add_argument("url", metavar="HUB_URL")
    made.add_argument("code", metavar="CODE", help="the one-time code from the hub")
    made.add_argument("--ca", metavar="FILE", help="the CA certificate that `hub init` made")


def _items(made: argparse.ArgumentParser) -> None:
    below = made.add_subparsers(dest="items_command", metavar="search|show", required=True)
    search = below.add_parser("search", help="by Chinese text, pinyin, initials, alias or code", parents=[_global()])
    search.add_argument("text", metavar="TEXT", nargs="+")
    search.add_argument("--limit", type=int, default=20, metavar="N")
    show = below.add_parser("show", help="one item whole", parents=[_global()])
    show.add_argument("code", metavar="CODE")


def _attach(made: argparse.ArgumentParser) -> None:
    made.add_argument("case", metavar="CASE")
    made.add_argument("material", metavar="MATERIAL")
    made.add_argument("file", metavar="FILE")


def _cases(made: argparse.ArgumentParser) -> None:
    made.add_argument("--status", metavar="S")
    made.add_argument("--due-before", metavar="DATE")
    made.add_argument("--text", metavar="T")
    made.add_argument("--division", metavar="CODE")
    made.add_argument("--limit", type=int, default=100, metavar="N")


def _case(made: argparse.ArgumentParser) -> None:
    made.add_argument("case", metavar="CASE")


def _conflicts(made: argparse.ArgumentParser) -> None:
    below = made.add_subparsers(dest="conflicts_command", metavar="list|show|settle")
    below.add_parser("list", help="the open conflicts", parents=[_global()])
    show = below.add_parser("show", help="one conflict", parents=[_global()])
    show.add_argument("id", metavar="ID")
    settle = below.add_parser("settle", help="choose a value", parents=[_global()])
    settle.add_argument("id", metavar="ID")
    settle.add_argument("--take", required=True, choices=("mine", "theirs", "value"))
    settle.add_argument("--value", metavar="V")
    settle.add_argument("--reason", default="", metavar="TEXT")


def _sync(made: argparse.ArgumentParser) -> None:
    made.add_argument("--records-only", action="store_true", help="no attachments")
    made.add_argument("--max-bytes", type=int, metavar="N")
    made.add_argument("--max-seconds", type=float, metavar="N")
    made.add_argument("--hub", metavar="URL", help="reach the same hub at this address this time")


def _schedule(made: argparse.ArgumentParser) -> None:
    below = made.add_subparsers(dest="schedule_command", metavar="install|remove|show", required=True)
    install = below.add_parser("install", help="by systemd, cron or Windows, whichever is there", parents=[_global()])
    install.add_argument("--every", default="15m", metavar="TIME", help="5m to 24h, such as 15m, 1h, 90m")
    below.add_parser("remove", help="no scheduled sync any more", parents=[_global()])
    below.add_parser("show", help="what the system holds", parents=[_global()])


def _print(made: argparse.ArgumentParser) -> None:
    made.add_argument("case", metavar="CASE")
    made.add_argument("--doc", required=True, metavar="receipt|notice", help="收件凭证 or 一次性告知单")
    made.add_argument("--format", choices=("txt", "pdf", "escpos"), default="txt")
    made.add_argument("--out", required=True, metavar="FILE", help="a file, a device, tcp://HOST[:PORT], - for stdout")
    made.add_argument("--width", type=int, choices=(58, 80), help="mm of a receipt printer; without it txt is A4")
    made.add_argument("--page", choices=("a4", "a5"), default="a4", help="of a PDF")
    made.add_argument("--font", default="auto", metavar="FILE|auto|cid", help="of a PDF; cid: the viewer's own")
    made.add_argument("--paper-lang", choices=("zh-Hans", "zh-Hant", "en"), default="zh-Hans", help="of the paper")


def _later(made: argparse.ArgumentParser) -> None:
    made.add_argument("rest", nargs="*", metavar="...")


def _hub_init(made: argparse.ArgumentParser) -> None:
    made.add_argument("--db", metavar="URL", help="SQLite in the home by default")
    made.add_argument("--host", action="extend", nargs="+", default=[], metavar="NAME", help="hosts of its certificate")


def _hub_serve(made: argparse.ArgumentParser) -> None:
    made.add_argument("--host", default="127.0.0.1")
    made.add_argument("--port", type=int, default=8443, help="0 takes a free one")
    made.add_argument("--workers", type=int, default=1, metavar="N")
    made.add_argument("--tls", default="self", metavar="self|CERT,KEY|off")


def _hub_station(made: argparse.ArgumentParser) -> None:
    below = made.add_subparsers(dest="station_command", metavar="add|list|revoke", required=True)
    add = below.add_parser("add", help="a place for one device, and the code that enrols it", parents=[_global()])
    add.add_argument("--division", required=True, metavar="CODE")
    add.add_argument("--name", required=True)
    below.add_parser("list", help="every station", parents=[_global()])
    revoke = below.add_parser("revoke", help="a device may not come back", parents=[_global()])
    revoke.add_argument("id", metavar="ID")
    revoke.add_argument("--mode", default="lock", choices=("lock", "push-then-wipe", "wipe-now"))


def _hub_clerk(made: argparse.ArgumentParser) -> None:
    below = made.add_subparsers(dest="clerk_command", metavar="add", required=True)
    add = below.add_parser("add", help="a person who may work; first PIN from STATION_PIN", parents=[_global()])
    add.add_argument("name", metavar="NAME")
    add.add_argument("--role", required=True)
    add.add_argument("--division", required=True, metavar="CODE")
    add.add_argument(
        "--body", action="extend", nargs="+", default=[], metavar="CODE", help="an approver's bodies, or `all`"
    )


STATION: dict[str, tuple[str, str, Add]] = {
    "desk": ("desk_command:desk", "the terminal screens", _none),
    "demo": ("demo_city:demo", "a throw-away city on this machine", _demo),
    "init": ("station_commands:init", "makes the home of a station", _init),
    "enrol": ("station_commands:enrol", "makes this station known to its hub", _enrol),
    "items": ("item_commands:items", "the service catalogue", _items),
    "take": ("case_commands:take", "intakes, one JSON object a line", _file),
    "act": ("case_commands:act", "acts on cases, one JSON object a line", _file),
    "attach": ("case_commands:attach", "a scan or file for one material", _attach),
    "cases": ("case_commands:cases", "a list of cases", _cases),
    "case": ("case_commands:case", "one case whole", _case),
    "print": ("print_commands:print_paper", "a paper of a case", _print),
    "sync": ("station_commands:sync", "meets the hub: push, pull, settle", _sync),
    "schedule": ("schedule_commands:schedule", "scheduled syncs", _schedule),
    "conflicts": ("conflict_commands:conflicts", "differences that wait for a person", _conflicts),
    "problems": ("conflict_commands:problems", "what did not take effect, and why", _none),
    "bundle": ("later:later", "sync by USB stick", _later),
    "status": ("station_commands:status", "how this station stands", _none),
    "doctor": ("later:later", "checks everything and says what to do", _later),
    "verify": ("station_commands:verify", "journal, work and files against each other", _none),
    "backup": ("later:later", "a copy of this station", _later),
    "restore": ("later:later", "a station from its copy", _later),
    "passphrase": ("later:later", "a clerk's own passphrase", _later),
}

HUB: dict[str, tuple[str, str, Add]] = {
    "init": ("hub_commands:init", "makes the home of a hub", _hub_init),
    "serve": ("hub_commands:serve", "serves stations until stopped", _hub_serve),
    "publish": ("hub_commands:publish", "publishes a catalogue, checked first", _file),
    "calendar": ("hub_commands:calendar", "publishes holidays and adjusted working days", _file),
    "station": ("hub_commands:station", "the stations", _hub_station),
    "clerk": ("hub_commands:clerk", "the clerks", _hub_clerk),
    "cases": ("hub_commands:cases", "a list of cases", _cases),
    "case": ("hub_commands:case", "one case whole", _case),
    "act": ("hub_commands:act", "acts at the hub, one JSON object a line", _file),
    "status": ("hub_commands:status", "stations, waiting work, sequence", _none),
    "conflicts": ("hub_commands:conflicts", "differences that wait for a person", _conflicts),
    "report": ("later:later", "the month's report", _later),
    "bundle": ("later:later", "bundles from sticks", _later),
    "backup": ("later:later", "a copy of the hub", _later),
}
