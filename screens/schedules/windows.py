"""The Windows Task Scheduler: one task of this user, told as XML. Not run on a Windows yet.

What people get wrong: a console program as a task opens a window over the clerk's work each time. So it is `pythonw`,
which has no console and no stdout, and a line of Python gives it a place to write.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from xml.sax.saxutils import escape, unescape

from screens.schedules.schedule import Found, Schedule, every_of, name_of
from screens.schedules.system_programs import ask

NAME = "windows"
GRACE_S = 60
PRIORITY = 8  # below normal; 7 is what a task has by itself
_PROGRAM = (
    "import os, sys; sys.stdout = sys.stderr = open(os.devnull, 'w', encoding='utf-8'); "
    "from screens.command_line import main; sys.exit(main([{words}]))"
)
# The scheduler puts in variables for %NAME% and $(NAME), and the command line is split at spaces and quotes.
_LITERALS = {"%": "\\x25", "$": "\\x24", '"': "\\x22", "'": "\\x27", "\\": "\\\\"}

_TASK = """\
<?xml version="1.0" encoding="UTF-16"?>
<Task version="1.2" xmlns="http://schemas.microsoft.com/windows/2004/02/mit/task">
  <RegistrationInfo>
    <Description>Village counter: scheduled sync of {home} ({mark})</Description>
  </RegistrationInfo>
  <Triggers>
    <TimeTrigger>
      <Repetition>
        <Interval>PT{minutes}M</Interval>
        <StopAtDurationEnd>false</StopAtDurationEnd>
      </Repetition>
      <StartBoundary>2026-01-01T{hour:02}:{minute:02}:{second:02}</StartBoundary>
      <Enabled>true</Enabled>
    </TimeTrigger>
  </Triggers>
  <Principals>
    <Principal id="Author">
      <LogonType>InteractiveToken</LogonType>
      <RunLevel>LeastPrivilege</RunLevel>
    </Principal>
  </Principals>
  <Settings>
    <MultipleInstancesPolicy>IgnoreNew</MultipleInstancesPolicy>
    <DisallowStartIfOnBatteries>false</DisallowStartIfOnBatteries>
    <StopIfGoingOnBatteries>false</StopIfGoingOnBatteries>
    <StartWhenAvailable>true</StartWhenAvailable>
    <ExecutionTimeLimit>PT{most_s}S</ExecutionTimeLimit>
    <Priority>{priority}</Priority>
  </Settings>
  <Actions Context="Author">
    <Exec>
      <Command>{program}</Command>
      <Arguments>{arguments}</Arguments>
    </Exec>
  </Actions>
</Task>
"""


def answers() -> bool:
    """Whether there is a Task Scheduler."""
    return shutil.which("schtasks") is not None


def fitted(minutes: int) -> int:
    """A task can keep any time."""
    return minutes


def install(schedule: Schedule) -> None:
    """Makes the task, or replaces it. Raises Refused `schedule_refused`."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "task.xml"
        file.write_text(task(schedule), encoding="utf-16")
        ask("schtasks", "/Create", "/TN", schedule.name, "/XML", str(file), "/F").required(NAME)


def remove(home: Path) -> bool:
    """Deletes the task."""
    if found(home) is None:
        return False
    ask("schtasks", "/Delete", "/TN", name_of(home), "/F").required(NAME)
    return True


def found(home: Path) -> Found | None:
    """The task of this home. When it ran is told only in the words of the country, so it is left out."""
    answer = ask("schtasks", "/Query", "/TN", name_of(home), "/XML") if answers() else None
    if answer is None or answer.code != 0:
        return None
    coding = "utf-16" if answer.out[:2] in (b"\xff\xfe", b"\xfe\xff") else "mbcs" if _has("mbcs") else "utf-8"
    told = answer.out.decode(coding, "replace")
    command = f"{_element(told, 'Command')} {_element(told, 'Arguments')}"
    return Found(every_of(home, _element(told, "Description")), command, running=None)


def task(schedule: Schedule) -> str:
    """The task as the scheduler reads it."""
    hour, minute = divmod(schedule.offset, 60)
    return _TASK.format(
        home=escape(str(schedule.home)),
        mark=schedule.mark,
        minutes=schedule.minutes,
        hour=hour,
        minute=minute,
        second=schedule.second,
        most_s=schedule.sync_s + GRACE_S,
        priority=PRIORITY,
        program=escape(_windowless(schedule.python)),
        arguments=escape(arguments(schedule)),
    )


def arguments(schedule: Schedule) -> str:
    """What stands behind the program, as the C library of Windows splits it."""
    program = _PROGRAM.format(words=", ".join(map(_literal, schedule.words)))
    return subprocess.list2cmdline(["-c", program])


def _literal(word: str) -> str:
    return "'" + "".join(_LITERALS.get(char, char) for char in word) + "'"


def _windowless(python: str) -> str:
    quiet = Path(python).with_name("pythonw.exe")
    return str(quiet) if quiet.exists() else python


def _element(text: str, name: str) -> str:
    found_in = re.search(rf"<{name}>(.*?)</{name}>", text, re.DOTALL)
    return unescape(found_in[1]) if found_in else ""


def _has(coding: str) -> bool:
    try:
        "".encode(coding)
    except LookupError:
        return False
    return True
