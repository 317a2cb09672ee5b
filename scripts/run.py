"""`python3 scripts/run.py ARGS...` is `station ARGS...` in the project's own environment, made on first use.

Without arguments it is `station demo`; `--check` is `station demo --check`.
"""

import os
import sys
from typing import NoReturn

import environment  # refuses an old Python, so nothing here may need a new one to be parsed


def station_arguments(arguments: list[str]) -> list[str]:
    """What `station` is given for what run.py was given."""
    if not arguments:
        return ["demo"]
    if arguments[0] == "--check":
        return ["demo", *arguments]
    return arguments


def main() -> NoReturn:
    """Make the environment where needed, then become `station`."""
    environment.ensure("hub")
    command = [environment.program("station"), *station_arguments(sys.argv[1:])]
    if os.name == "nt":  # exec on Windows returns to the shell before the program has ended
        import subprocess  # noqa: PLC0415 - only there

        sys.exit(subprocess.call(command))
    os.execv(command[0], command)  # noqa: S606 - no shell is the point


if __name__ == "__main__":
    main()
