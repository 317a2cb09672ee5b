"""Makes the offline kit: one folder and one archive that install a station on a computer without a network.

    python3 scripts/kit.py OUT_FOLDER [--platform linux-x86_64] [--python self|PREFIX] [--hub-url URL --ca FILE ...]

What lies in it, how it is installed and what was tried: docs/kit.md. Wheels come by the ordinary pip settings.
"""

import argparse
import os
import sys
from pathlib import Path
from typing import NoReturn

import environment  # refuses an old Python, so nothing here may need a new one to be parsed

GLIBC = "2.28"  # of the wheels: the oldest for which the encrypted database is built


def main(arguments: list[str] | None = None) -> int:
    """Makes the kit and says what is in it. Exit code 1 with a sentence where it cannot be made."""
    options = _parser().parse_args(arguments)
    from kit_making import Request, make, report, sheet_alone  # noqa: PLC0415 - only in the environment
    from kit_sheet import Enrolment  # noqa: PLC0415
    from kit_wheels import TARGETS, KitTrouble  # noqa: PLC0415

    code = sys.stdin.readline().strip() if options.code == "-" else options.code
    try:
        request = Request(
            target=TARGETS[options.platform],
            out=options.out,
            glibc=options.glibc,
            python=options.python_version,
            prefix=_prefix(options.python),
            catalogue=options.catalogue,
            lang=options.lang,
            enrolment=Enrolment(
                station=options.name,
                division=options.division,
                hub=options.hub_url,
                code=code,
                ca=options.ca.read_text(encoding="ascii") if options.ca else "",
            ),
        )
        print(sheet_alone(request) if options.sheet_only else report(make(request)))
    except (KitTrouble, OSError, UnicodeDecodeError) as trouble:
        print(f"No kit: {trouble}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Makes the offline kit of a station.", epilog="See docs/kit.md.")
    parser.add_argument("out", metavar="OUT_FOLDER", type=Path)
    parser.add_argument(
        "--platform", choices=("linux-x86_64", "linux-aarch64", "windows-amd64"), default=_own_platform()
    )
    parser.add_argument("--glibc", default=GLIBC, metavar="2.N", help=f"oldest glibc of the targets (default {GLIBC})")
    parser.add_argument(
        "--python-version", metavar="3.N", help="of the targets' own Python (default: that of this program)"
    )
    parser.add_argument(
        "--python", metavar="self|PREFIX", help="carry this interpreter; without it the target's own is used"
    )
    parser.add_argument(
        "--catalogue", metavar="FILE", type=Path, help="to read before the first sync (default: the demo's)"
    )
    parser.add_argument(
        "--lang", choices=("zh-Hans", "zh-Hant", "en"), default="zh-Hans", help="of the sheet and the list"
    )
    sheet = parser.add_argument_group("enrolment sheet", "what is not given stays blank, to be filled in by pen")
    sheet.add_argument("--sheet-only", action="store_true", help="no kit: only the sheet, for a kit that is there")
    sheet.add_argument("--hub-url", metavar="URL", default="")
    sheet.add_argument("--ca", metavar="FILE", type=Path, help="keys/ca.crt of the hub; goes into the kit")
    sheet.add_argument("--code", metavar="CODE", default="", help="the one-time code, a secret; - reads it from stdin")
    sheet.add_argument("--division", metavar="CODE", default="")
    sheet.add_argument("--name", metavar="NAME", default="", help="of the station")
    return parser


def _own_platform() -> str:
    import platform  # noqa: PLC0415 - the second start of this program needs it

    name = f"{platform.system()}-{platform.machine()}".lower()
    return name if name in ("linux-x86_64", "linux-aarch64", "windows-amd64") else "linux-x86_64"


def _prefix(given: str | None) -> Path | None:
    return Path(sys.base_prefix) if given == "self" else Path(given) if given else None


def _begin() -> NoReturn:
    """The same program in the project's own environment, which has what builds and downloads."""
    environment.ensure("dev")
    command = [str(environment.PYTHON), "-X", "utf8", str(Path(__file__).resolve()), *sys.argv[1:]]
    if os.name == "nt":  # exec on Windows returns to the shell before the program has ended
        import subprocess  # noqa: PLC0415 - only there

        sys.exit(subprocess.call(command))
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    if Path(sys.prefix).resolve() != environment.VENV.resolve():
        _begin()
    sys.exit(main())
