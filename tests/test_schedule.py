"""Scheduled syncs: what each system is told, and what it holds afterwards. The systems here are scripts that record."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from screens import wiring
from screens.command_line import main
from screens.schedules import cron, systemd, windows
from screens.schedules.schedule import BY_THE_CLOCK, Schedule, by_the_clock, every_of, minutes_of, name_of, plain_home
from station import vault
from station.errors import BadInput

HARD = '村 站\'s 100%d "q" \\ \\\\% $HOME ${x} # village-counter-00000000 every 5m'  # a folder that somebody may have
OTHERS = b"# mine\nMAILTO=me\n17 3 * * 0 echo 100\\% # village-counter is nice\n5 5 * * * \xff\xfe bytes"

CRONTAB = """#!/bin/sh
echo "${STATION_PIN-none}" >"$FAKE/pin"
case "$1" in
-l) [ -f "$FAKE/unreadable" ] && { echo "the disk does not answer" >&2; exit 1; }
    [ -f "$FAKE/crontab" ] || { echo "no crontab for tester" >&2; exit 1; }; /bin/cat "$FAKE/crontab" ;;
-) [ -f "$FAKE/forgets" ] || /bin/cat >"$FAKE/crontab" ;;
esac
"""
SYSTEMCTL = """#!/bin/sh
echo "$*" >>"$FAKE/systemctl"
[ -f "$FAKE/no-bus" ] && { echo "Failed to connect to bus" >&2; exit 1; }
case "$*" in
*Version) echo Version=252 ;;
*list-timers*) echo '[{"next":1790000900000000,"last":1790000000000000,"unit":"'"$5"'"}]' ;;
*ExecMain*) printf 'ExecMainStatus=3\\nExecMainExitTimestampMonotonic=77\\n' ;;
esac
"""
SCHTASKS = """#!/bin/sh
echo "$*" >>"$FAKE/schtasks"
case "$1" in
/Create) /bin/cp "$5" "$FAKE/task" ;;
/Delete) /bin/rm "$FAKE/task" ;;
/Query) [ -f "$FAKE/task" ] && /bin/cat "$FAKE/task" ;;
esac
"""


@pytest.fixture
def fakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine on which no real system can be reached: each test puts in what it wants to be there."""
    folder = tmp_path / "machine"
    (folder / "bin").mkdir(parents=True)
    for name, value in {"PATH": folder / "bin", "FAKE": folder, "HOME": folder, "STATION_PIN": "135790"}.items():
        monkeypatch.setenv(name, str(value))
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "STATION_LANG", "STATION_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv(cron.BUS, f"unix:path=/run/user/{os.getuid()}/bus")
    return folder


def put(fakes: Path, **programs: str) -> None:
    for name, text in programs.items():
        (fakes / "bin" / name).write_text(text)
        (fakes / "bin" / name).chmod(0o700)


def new_home(folder: Path, mode: str = "keyring") -> Path:
    """As much of a home as a schedule looks at."""
    folder.mkdir(parents=True)
    if mode == "passphrase":
        vault.create(folder, "passphrase", "a-village-passphrase", wiring.chance)
    else:
        (folder / vault.FILE).write_text('{"version":1,"mode":"keyring","check":""}')
    return folder


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return new_home(tmp_path / HARD / "home")


def asked(capsys: pytest.CaptureFixture[str], home: Path, *words: str, code: int = 0) -> dict[str, Any]:
    """The one JSON answer of `schedule`."""
    capsys.readouterr()
    assert main(["--home", str(home), "--json", "schedule", *words]) == code
    answer: dict[str, Any] = json.loads(capsys.readouterr().out)
    return answer


def every(minutes: int, home: Path = Path("/home/a")) -> Schedule:
    return Schedule(home, minutes, "/opt/v/bin/python")


# -- How often, when, under which name -------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "minutes"), [("5m", 5), ("15m", 15), ("90m", 90), ("1h", 60), ("24h", 1440)])
def test_an_interval_is_minutes_or_hours(text: str, minutes: int) -> None:
    assert minutes_of(text) == minutes


@pytest.mark.parametrize(
    "text", ["", "4m", "25h", "1441m", "15", "m", "015m", "1d", "-5m", "1.5h", "15m ", "\uff11\uff15m"]
)
def test_another_interval_is_told_its_limits(text: str) -> None:
    with pytest.raises(BadInput) as trouble:
        minutes_of(text)
    assert trouble.value.document() == {
        "code": "schedule_every",
        "field": "every",
        "minimum": "5m",
        "maximum": "24h",
    }


def test_what_the_clock_cannot_express_is_never_rarer_than_asked() -> None:
    assert [by_the_clock(each) for each in (5, 7, 15, 45, 90, 300, 1439)] == [5, 6, 15, 30, 60, 240, 720]


@pytest.mark.parametrize("minutes", BY_THE_CLOCK)
def test_times_of_the_clock_are_as_far_apart_as_was_asked(minutes: int) -> None:
    at_minutes, at_hours = every(minutes).times
    day = sorted(hour * 60 + minute for hour in at_hours or range(24) for minute in at_minutes)
    gaps = {(later - earlier) % 1440 or 1440 for earlier, later in zip(day, [*day[1:], day[0]], strict=True)}
    assert gaps == {minutes}


def test_a_thousand_stations_do_not_call_at_once() -> None:
    made = [every(15, Path(f"/home/clerk{number}/station")) for number in range(1_000)]
    starts = Counter((each.offset, each.second) for each in made)
    assert len({each.offset for each in made}) == 15
    assert max(starts.values()) <= 8


def test_a_home_has_one_name_however_its_path_is_spelled(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert name_of(tmp_path / "link") == name_of(tmp_path / "real" / ".." / "real") == name_of(tmp_path / "real")
    assert name_of(tmp_path / "real") != name_of(tmp_path / "other")


def test_a_sync_ends_before_the_next_begins() -> None:
    assert [every(minutes).sync_s for minutes in (5, 15, 1440)] == [150, 450, 600]


@pytest.mark.parametrize("path", ["/a/b\nc", "/a/\x1b[2J", "/a/\udcff"])
def test_a_path_that_no_system_can_be_told_is_refused(path: str) -> None:
    with pytest.raises(BadInput, match="schedule_home"):
        plain_home(Path(path))


# -- What cron is told -----------------------------------------------------------------------------------------------


def vixie(text: str) -> str:
    """A command as cron hands it to the shell: up to the first plain %, and one backslash of two fewer."""
    return re.sub(r"\\([%\\])", r"\1", re.split(r"(?<!\\)%", text)[0])


def cronie(text: str) -> str:
    """The same by a cron that leaves double backslashes alone."""
    return re.sub(r"\\%", "%", re.split(r"(?<!\\)%", text)[0])


@pytest.mark.parametrize("cron_hands_on", [vixie, cronie])
def test_the_shell_of_cron_gets_the_very_words(fakes: Path, tmp_path: Path, home: Path, cron_hands_on: Any) -> None:
    put(fakes, sleep="#!/bin/sh\n", nice='#!/bin/sh\nshift 2\nexec "$@"\n')
    program = tmp_path / HARD / "python"
    program.write_text(f"#!{sys.executable}\nimport json, sys\nprint(json.dumps(sys.argv))\nsys.exit(3)\n")
    program.chmod(0o700)
    line = cron.line(Schedule(home, 15, str(program)), "unix:path=/run/user/0/bus")
    command = cron_hands_on(line.split(maxsplit=5)[-1])
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("", "")
    said, code = (home / cron.LOG).read_text().splitlines()
    assert json.loads(said)[1:] == ["-m", "screens.command_line", *words_for(home)]
    assert code == "3"
    assert (home / cron.LOG).stat().st_mode & 0o777 == 0o600


def words_for(home: Path) -> list[str]:
    return ["--home", str(home), "--json", "sync", "--max-seconds", "450"]


def test_a_home_that_is_gone_makes_cron_say_nothing(fakes: Path) -> None:
    put(fakes, sleep="#!/bin/sh\n")
    command = cron.line(every(15, Path("/nowhere/at/all"))).split(maxsplit=5)[-1]
    done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, check=False)
    assert (done.stdout, done.stderr) == (b"", b"")


def test_cron_holds_one_line_a_home_and_others_keep_theirs(
    fakes: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(fakes, crontab=CRONTAB)
    (fakes / "crontab").write_bytes(OTHERS)
    second = new_home(tmp_path / "second")
    answer = asked(capsys, home, "install")
    assert {**answer, "running": None} == {
        "installed": True,
        "system": "cron",
        "every": "15m",
        "asked": "15m",
        "unattended": True,
        "running": None,
    }
    asked(capsys, second, "install")
    assert asked(capsys, home, "install", "--every", "90m")["every"] == "1h"
    lines = (fakes / "crontab").read_bytes().splitlines()
    assert lines[:4] == OTHERS.splitlines()
    assert [every_of(each, b"".join(lines[4:]).decode()) for each in (home, second)] == ["1h", "15m"]
    assert asked(capsys, home, "show")["every"] == "1h"
    assert asked(capsys, home, "remove") == {"installed": False, "removed": True}
    assert asked(capsys, home, "remove") == {"installed": False, "removed": False}
    assert asked(capsys, home, "show") == {"installed": False}
    assert asked(capsys, second, "show")["installed"] is True
    asked(capsys, second, "remove")
    assert (fakes / "crontab").read_bytes() == OTHERS + b"\n"
    assert (fakes / "pin").read_text() == "none\n"


def test_a_crontab_that_may_not_be_read_is_not_written(
    fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(fakes, crontab=CRONTAB)
    (fakes / "crontab").write_bytes(OTHERS)
    (fakes / "unreadable").touch()
    error = asked(capsys, home, "install", code=1)["error"]
    assert error == {"code": "schedule_refused", "system": "cron", "said": "the disk does not answer"}
    assert (fakes / "crontab").read_bytes() == OTHERS


def test_a_line_that_is_not_there_afterwards_is_no_schedule(
    fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(fakes, crontab=CRONTAB)
    (fakes / "forgets").touch()
    assert asked(capsys, home, "install", code=1)["error"]["code"] == "schedule_refused"


def test_show_tells_of_the_last_run(fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(fakes, crontab=CRONTAB)
    asked(capsys, home, "install")
    assert asked(capsys, home, "show")["last"] is None
    (home / cron.LOG).write_text('{"error":{"code":"passphrase_needed"}}\n5\n')
    os.utime(home / cron.LOG, (1_790_000_000, 1_790_000_000))
    shown = asked(capsys, home, "show")
    assert (shown["last"], shown["last_exit"]) == ("2026-09-21T22:13:20+08:00", 5)
    (home / cron.LOG).write_text("")
    assert asked(capsys, home, "show")["last_exit"] is None
    asked(capsys, home, "remove")
    assert not (home / cron.LOG).exists()


# -- What systemd is told --------------------------------------------------------------------------------------------


def test_systemd_gets_a_timer_by_the_clock_and_a_quiet_service(home: Path) -> None:
    schedule = Schedule(home, 15, "/opt/v/bin/python")
    [service, timer] = systemd.units(schedule).values()
    minutes = ",".join(f"{each:02}" for each in schedule.times[0])
    assert f"\nOnCalendar=*-*-* *:{minutes}:{schedule.second:02}\nPersistent=true\nRandomizedDelaySec=" in timer
    assert "\nNice=10\n" in service
    escaped = str(home).replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    assert f'"--home" "{escaped}" "--json" "sync" "--max-seconds" "450"\n' in service
    assert "OnUnitActiveSec=90min\n" in systemd.units(every(90, home))[f"{name_of(home)}.timer"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd itself says whether it understands")
@pytest.mark.parametrize("minutes", [15, 90, 360])
def test_systemd_understands_its_files(tmp_path: Path, home: Path, minutes: int) -> None:
    for file, text in systemd.units(Schedule(home, minutes, sys.executable)).items():
        (tmp_path / file).write_text(text)
    files = [str(each) for each in tmp_path.glob("village-counter-*")]
    command = ["systemd-analyze", "--user", "verify", *files]
    environment = os.environ | {"XDG_RUNTIME_DIR": str(tmp_path)}
    done = subprocess.run(command, capture_output=True, text=True, env=environment, check=False)
    assert (done.returncode, done.stderr) == (0, "")


def test_systemd_goes_before_cron_and_a_home_moves_over(
    fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(fakes, crontab=CRONTAB, systemctl=SYSTEMCTL)
    (fakes / "no-bus").touch()
    assert asked(capsys, home, "install")["system"] == "cron"
    (fakes / "no-bus").unlink()
    assert asked(capsys, home, "install", "--every", "90m")["every"] == "90m"
    assert (fakes / "crontab").read_bytes() == b""
    units = fakes / ".config" / "systemd" / "user"
    timer = f"{name_of(home)}.timer"
    assert sorted(each.name for each in units.iterdir()) == [f"{name_of(home)}.service", timer]
    assert asked(capsys, home, "show") | {"command": ""} == {
        "installed": True,
        "system": "systemd",
        "every": "90m",
        "unattended": True,
        "running": True,
        "last": "2026-09-21T22:13:20+08:00",
        "last_exit": 3,
        "next": "2026-09-21T22:28:20+08:00",
        "command": "",
    }
    called = (fakes / "systemctl").read_text().splitlines()
    assert [each for each in called if "daemon" in each or "enable" in each or "restart" in each] == [
        "--user daemon-reload",
        f"--user enable {timer}",
        f"--user restart {timer}",
    ]
    assert asked(capsys, home, "remove")["removed"] is True
    assert list(units.iterdir()) == []
    assert f"--user disable --now {timer}" in (fakes / "systemctl").read_text()
    assert asked(capsys, home, "remove")["removed"] is False


# -- What Windows is told --------------------------------------------------------------------------------------------


def windows_words(line: str) -> list[str]:
    """A command line as the C library of Windows splits it."""
    words, word, quoted, begun, at = [], "", False, False, 0
    while at < len(line):
        slashes = len(line) - at - len(line[at:].lstrip("\\"))
        after = line[at + slashes : at + slashes + 1]
        if slashes:
            word, begun = word + "\\" * (slashes // 2 if after == '"' else slashes), True
            at += slashes
            if after == '"' and slashes % 2:
                word, at = word + '"', at + 1
        elif after == '"':
            quoted, begun, at = not quoted, True, at + 1
        elif after in " \t" and not quoted:
            words, word, begun, at = [*words, word] if begun else words, "", False, at + 1
        else:
            word, begun, at = word + after, True, at + 1
    return [*words, word] if begun else words


def test_windows_splits_the_command_into_the_very_words(home: Path) -> None:
    told = windows.arguments(Schedule(home, 15, "python.exe"))
    assert "%" not in told  # %NAME% and $(NAME) would be replaced
    assert "$" not in told
    dash_c, program = windows_words(told)
    call = ast.parse(program).body[-1]
    words = next(ast.literal_eval(node) for node in ast.walk(call) if isinstance(node, ast.List))
    assert (dash_c, words) == ("-c", words_for(home))
    gone = windows.arguments(Schedule(home / "gone", 15, "python.exe"))
    done = subprocess.run([sys.executable, *windows_words(gone)], capture_output=True, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (1, b"", b"")


def test_windows_holds_one_task_a_home(fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(fakes, schtasks=SCHTASKS)
    answer = asked(capsys, home, "install", "--every", "90m")
    assert (answer["system"], answer["every"], answer["running"]) == ("windows", "90m", None)
    task = ElementTree.fromstring((fakes / "task").read_bytes())
    found = {each.tag.rpartition("}")[2]: each.text for each in task.iter()}
    assert (found["Interval"], found["ExecutionTimeLimit"]) == ("PT90M", "PT660S")
    assert str(home) in (found["Description"] or "")
    shown = asked(capsys, home, "show")
    assert (shown["every"], shown["last"]) == ("90m", None)
    assert shown["command"].startswith(sys.executable)
    assert asked(capsys, home, "remove")["removed"] is True
    assert asked(capsys, home, "remove")["removed"] is False


# -- What is said ----------------------------------------------------------------------------------------------------


def test_where_nothing_keeps_time_it_is_refused(fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert fakes.is_dir()
    assert asked(capsys, home, "install", code=1)["error"] == {"code": "schedule_none"}
    assert asked(capsys, home, "show") == {"installed": False}
    assert asked(capsys, home, "remove") == {"installed": False, "removed": False}


def test_a_home_that_is_not_there_is_not_scheduled_and_can_be_forgotten(
    fakes: Path, home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(fakes, crontab=CRONTAB)
    assert asked(capsys, tmp_path / "no", "install", code=1)["error"]["code"] == "home_missing"
    assert asked(capsys, home, "install", "--every", "1m", code=1)["error"]["field"] == "every"
    asked(capsys, home, "install")
    shutil.rmtree(home)
    assert asked(capsys, home, "show")["unattended"] is False
    assert asked(capsys, home, "remove")["removed"] is True


@pytest.mark.parametrize(("mode", "unattended"), [("keyring", True), ("passphrase", False)])
def test_a_passphrase_that_nobody_types_is_spoken_of(
    fakes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], mode: str, unattended: bool
) -> None:
    put(fakes, systemctl=SYSTEMCTL)
    home = new_home(tmp_path / mode, mode)
    main(["--home", str(home), "--lang", "en", "--json", "schedule", "install"])
    told = capsys.readouterr()
    assert json.loads(told.out)["unattended"] is unattended
    assert ("exit 5" in told.err) is not unattended
    main(["--home", str(home), "--lang", "en", "schedule", "show"])
    told = capsys.readouterr()
    assert "every 15 min" in told.out
    assert ("exit 5" in told.err) is not unattended


def test_what_was_rounded_is_spoken_of(fakes: Path, home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(fakes, crontab=CRONTAB)
    main(["--home", str(home), "--lang", "en", "schedule", "install", "--every", "90m"])
    told = capsys.readouterr()
    assert "every 1 h." in told.out
    assert "cannot keep 90 min" in told.err


@pytest.mark.parametrize("bus", ["", "unix:path=/tmp/dbus-AbCd"])
def test_cron_without_a_lasting_way_to_the_keyring_is_not_called_unattended(
    fakes: Path, home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, bus: str
) -> None:
    put(fakes, crontab=CRONTAB)
    asked(capsys, home, "install")
    assert asked(capsys, home, "show")["unattended"] is True
    monkeypatch.setenv(cron.BUS, bus)
    assert asked(capsys, home, "install")["unattended"] is False
    main(["--home", str(home), "--lang", "en", "schedule", "show"])
    assert "cannot find the keyring" in capsys.readouterr().err


def test_an_installed_version_is_started_by_the_launcher_that_outlives_it() -> None:
    by_python = Schedule(Path("/h"), 15, "/v/1/bin/python")
    by_launcher = by_python._replace(launcher="/home/x/.local/bin/station")
    assert by_python.command[:3] == ("/v/1/bin/python", "-m", "screens.command_line")
    assert by_launcher.command == ("/home/x/.local/bin/station", *by_python.words)
