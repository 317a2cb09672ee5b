"""Asks a program of the system: `systemctl`, `crontab`, `schtasks`. It is given no secret and no endless time."""

from __future__ import annotations

import os
import subprocess
from typing import NamedTuple

from station.errors import Refused

ANSWER_S_MOST = 20
SAID_MOST = 200  # characters of a system's own words
ABSENT, SILENT = 127, 124


class Answer(NamedTuple):
    """How a program ended, and what it said."""

    code: int
    out: bytes
    trouble: str

    def required(self, system: str) -> Answer:
        """The answer, where it was a yes. Raises Refused `schedule_refused` in the system's own words."""
        if self.code != 0:
            raise Refused("schedule_refused", system=system, said=self.trouble or f"exit {self.code}")
        return self


def ask(*command: str, given: bytes = b"") -> Answer:
    """Runs a program to its end. One that is absent or silent answers with a code too."""
    environment = {key: value for key, value in os.environ.items() if not key.startswith("STATION_")}
    try:
        done = subprocess.run(  # noqa: S603  (a program of the system, without a shell)
            command,
            input=given,
            capture_output=True,
            timeout=ANSWER_S_MOST,
            env=environment | {"LC_ALL": "C"},
            check=False,
        )
    except subprocess.TimeoutExpired:
        return Answer(SILENT, b"", f"{command[0]}: no answer")
    except OSError as trouble:
        return Answer(ABSENT, b"", f"{command[0]}: {trouble.strerror}")
    said = " ".join(done.stderr.decode("utf-8", "replace").split())
    return Answer(done.returncode, done.stdout, said[:SAID_MOST])
