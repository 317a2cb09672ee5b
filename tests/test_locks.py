"""One desk and one sync a home: the second is told who holds the lock, and a killed holder holds nothing."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from station.errors import Busy
from station.locks import sole

ROOT = Path(__file__).resolve().parent.parent
HOLD = """
import sys
from pathlib import Path
from station.locks import sole
with sole(Path(sys.argv[1]), "sync"):
    print("held", flush=True)
    sys.stdin.read()
"""


def holder(home: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", HOLD, str(home)]
    one = subprocess.Popen(command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert one.stdout is not None
    assert one.stdout.readline() == "held\n"
    return one


def end(one: subprocess.Popen[str]) -> None:
    one.communicate("")


def test_the_second_is_told_who_holds_it_and_the_other_lock_is_free(tmp_path: Path) -> None:
    one = holder(tmp_path)
    with pytest.raises(Busy) as caught, sole(tmp_path, "sync"):
        pass
    assert caught.value.document() == {"code": "busy", "holder": "sync", "pid": one.pid}
    with sole(tmp_path, "desk"):
        pass
    end(one)
    with sole(tmp_path, "sync"):
        pass


def test_a_killed_holder_holds_nothing(tmp_path: Path) -> None:
    one = holder(tmp_path)
    os.kill(one.pid, signal.SIGKILL)
    one.wait()
    with sole(tmp_path, "sync"):
        pass
    end(one)


def test_one_process_cannot_hold_it_twice(tmp_path: Path) -> None:
    with sole(tmp_path, "desk"):
        with pytest.raises(Busy) as caught, sole(tmp_path, "desk"):
            pass
        assert caught.value.fields["pid"] == os.getpid()
        with pytest.raises(Busy), sole(tmp_path, "desk"):
            pass


def test_trouble_inside_frees_the_lock_and_stays_what_it_was(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="mine"), sole(tmp_path, "desk"):
        raise OSError("mine")
    with sole(tmp_path, "desk"):
        pass
    assert not (tmp_path / "desk.pid").exists()
