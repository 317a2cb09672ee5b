"""A hub and stations driven only by the command line, as an operator would: real processes, real HTTPS, real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

PIN = "135790"
PASSPHRASE = "a-village-passphrase"
VILLAGE, OTHER_VILLAGE = "350212105206", "350212105208"
CLERK, OTHER_CLERK, APPROVER, TOWN_CLERK = "林小梅", "高阿兰", "陈志明", "洪丽娜"
SEED = Path(__file__).parent.parent / "station" / "demo" / "catalog_seed.json"

INSURANCE = "11350212DM0001139663520D0001000"
ELDERS = "11350212DM0001104K53505D0006000"
ON_THE_SPOT = "11350212DM0001120963520D0003000"

ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("STATION_")} | {
    "STATION_PIN": PIN,
    "STATION_PASSPHRASE": PASSPHRASE,
}


def command(*words: str) -> list[str]:
    """The words as a call of the program."""
    return [sys.executable, "-m", "screens.command_line", *words]


def station(home: Path, *words: str, stdin: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """One finished call. Its answer and its exit code are for the test to judge."""
    return subprocess.run(
        command("--home", str(home), *words),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        env=ENVIRONMENT | environment,
        check=False,
    )


def answer(home: Path, *words: str, stdin: str = "", code: int = 0) -> Any:
    """The JSON document of a call that must end with this code."""
    done = station(home, "--json", *words, stdin=stdin)
    assert done.returncode == code, (done.returncode, done.stdout, done.stderr)
    return json.loads(done.stdout)


def lines(done: subprocess.CompletedProcess[str]) -> list[Any]:
    """The JSON lines of a call."""
    return [json.loads(line) for line in done.stdout.splitlines()]


def as_lines(*documents: Any) -> str:
    """Documents as JSON lines."""
    return "".join(json.dumps(each, ensure_ascii=False) + "\n" for each in documents)


class Hub:
    """A hub in its own process."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.process: subprocess.Popen[str] | None = None
        self.url = ""
        answer(home, "hub", "init")
        answer(home, "hub", "publish", str(SEED))
        people = [
            (CLERK, "village_clerk", VILLAGE),
            (OTHER_CLERK, "village_clerk", OTHER_VILLAGE),
            (TOWN_CLERK, "town_clerk", "350212105"),
            (APPROVER, "approver", "350212"),
        ]
        for name, role, division in people:
            bodies = ["--body", "all"] if role == "approver" else []
            answer(home, "hub", "clerk", "add", name, "--role", role, "--division", division, *bodies)

    def start(self) -> None:
        """Serves; the second start takes the port of the first."""
        port = self.url.rsplit(":", 1)[1] if self.url else "0"
        self.process = subprocess.Popen(
            command("--home", str(self.home), "hub", "serve", "--port", port),
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=ENVIRONMENT,
        )
        assert self.process.stdout is not None
        ready = json.loads(self.process.stdout.readline())
        assert ready["ready"] is True
        self.url = ready["url"]

    def stop(self, *, kill: bool = False) -> None:
        """Ends the server, kindly or not."""
        assert self.process is not None
        if kill:
            self.process.kill()
        else:
            self.process.terminate()
        self.process.wait(30)
        assert self.process.stdout is not None
        self.process.stdout.close()
        self.process = None

    def code(self, division: str) -> str:
        """A place for a station, as its one-time code."""
        return str(answer(self.home, "hub", "station", "add", "--division", division, "--name", "演示站")["code"])

    def act(self, case: str, act: str, who: str = APPROVER, **args: Any) -> Any:
        """One act at the hub that must succeed."""
        line = as_lines({"case": case, "act": act, **args})
        return answer(self.home, "--as", who, "hub", "act", "-", stdin=line)

    def case(self, ref: str) -> Any:
        """One case as the hub holds it."""
        return answer(self.home, "hub", "case", ref)


def new_station(home: Path, division: str = VILLAGE) -> Path:
    """A station that no hub knows yet."""
    answer(home, "init", "--division", division, "--name", "演示站", "--keys", "passphrase")
    return home


def enrolled(hub: Hub, home: Path, division: str = VILLAGE) -> Path:
    """A station that the hub knows, after its first sync."""
    new_station(home, division)
    ca = str(hub.home / "keys" / "ca.crt")
    answer(home, "enrol", hub.url, hub.code(division), "--ca", ca)
    return home


def intake(number: int, **changes: Any) -> dict[str, Any]:
    """A valid intake with a ref of its own."""
    line = {
        "item": INSURANCE,
        "applicant": {
            "kind": "person",
            "name": "陈秀英",
            "id_kind": "resident_id",
            "id_no": "350200195503120025",
            "phone": "13800000000",
            "address": "莲花镇军营村1号",
        },
        "materials": [
            {"name": "申请人居民身份证", "got": "original_seen"},
            {"name": "城乡居民基本医疗保险参保登记表", "got": "paper"},
        ],
        "ref": f"ref-{number}",
    }
    return line | changes


def take(home: Path, *intakes: dict[str, Any], clerk: str = CLERK) -> list[Any]:
    """Intakes that must all be taken."""
    done = station(home, "--json", "--as", clerk, "take", "-", stdin=as_lines(*intakes))
    assert done.returncode == 0, done.stderr
    return lines(done)
