"""A small parent that outlives the screens: after a kill it gives the terminal back, says so, and opens them again.

turn = launch(context)
if turn.code is not None:     # the parent: the screens are over
    return turn.code
...                           # the child: here go the screens, and everything heavy

What people get wrong: a killed program leaves the terminal as it was: raw, without a cursor, deaf to Ctrl+C. Parent and
child share one process group, so the terminal tells both of a resize, and a shell stops and continues both.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from contextlib import suppress
from types import FrameType
from typing import TYPE_CHECKING, Any, NamedTuple

from station.errors import StationError

if TYPE_CHECKING:
    from screens.context import Context

REOPENED_MOST, WITHIN_MS = 2, 60_000  # what falls more often is broken, not unlucky
SIGNALLED = 128  # a shell's exit code for a signal, less its number
MARK = "STATION_SCREENS"  # in the environment of a child that is a program of its own
FIRST, AGAIN = "first", "again"
PR_SET_PDEATHSIG = 1  # prctl(2)
ORDERLY = 64  # such a child adds this to its exit code: any other code is that of a fall

# The end of a half-written string and of a half-drawn frame; the keyboard while still in the alternate screen; the
# alternate screen; mouse, paste, focus, resizes; wrapping, colours, cursor.
RESET = (
    b"\x1b\\\x1b[?2026l\x1b[<u\x1b[?1049l"
    b"\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1006l\x1b[?1015l\x1b[?1016l"
    b"\x1b[?2004l\x1b[?1004l\x1b[?2048l\x1b[?7h\x1b[0m\x1b[?25h"
)
_POSIX = os.name == "posix"
_PASSED_ON = ("SIGTERM", "SIGHUP")  # who asks the parent to end means the screens
_LEFT_ALONE = ("SIGINT", "SIGQUIT", "SIGTSTP")  # from a terminal these reach the child by themselves
_ASKED = ("SIGTERM", "SIGHUP", "SIGINT", "SIGQUIT")  # somebody wants an end, so nothing is opened again


class Turn(NamedTuple):
    """Whose turn it is. Without a code the caller is the child; `reopened` where earlier screens fell."""

    code: int | None = None
    reopened: bool = False


class Ended(NamedTuple):
    """How a child ended: in good order with a code, else by the signal of that name."""

    code: int | None
    by: str = ""


def launch(context: Context) -> Turn:
    """Returns in the child at once, in the parent when the screens are over. Raises StationError `screens_fell`."""
    marked = os.environ.pop(MARK, "")
    if marked:
        return Turn(reopened=marked == AGAIN)
    run = _forked if _POSIX else _spawned
    give_back = _terminal()
    falls: list[int] = []
    while True:
        ended = run(bool(falls))
        if ended is None:
            return Turn(reopened=bool(falls))
        if ended.code is not None:
            return Turn(ended.code)
        give_back()
        if ended.by in _ASKED:
            _say(context, context.words.say("launcher.ended", signal=ended.by))
            return Turn(SIGNALLED + getattr(signal, ended.by))
        falls = [*falls, _now_ms()][-REOPENED_MOST - 1 :]
        if len(falls) > REOPENED_MOST and falls[-1] - falls[0] < WITHIN_MS:
            raise StationError("screens_fell", signal=ended.by)
        _say(context, context.words.say("launcher.reopening", signal=ended.by))


def _say(context: Context, text: str) -> None:
    with suppress(OSError):  # the terminal may be what was closed
        context.say(text)


def _now_ms() -> int:
    from screens.real_ports import SystemClock  # noqa: PLC0415  (only after a fall)

    return SystemClock().elapsed_ms()


def _forked(_again: bool) -> Ended | None:  # noqa: FBT001
    """A child by fork, watched to its end; None in the child."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()
    parent, child = os.getpid(), 0

    def pass_on(number: int, _frame: FrameType | None) -> None:
        with suppress(ProcessLookupError):
            os.kill(child, number)

    handlers = {getattr(signal, name): pass_on for name in _PASSED_ON}
    handlers |= {getattr(signal, name): _nothing for name in _LEFT_ALONE}
    # Until both know who they are, signals wait: one that came between would be lost or end the wrong process.
    unblocked = signal.pthread_sigmask(signal.SIG_BLOCK, handlers)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)  # who started us may have had it ignored: then no status comes
    with suppress(OSError):  # no room for two: the screens go unwatched
        child = os.fork()
    if child == 0:
        signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
        _end_with(parent)
        return None
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    signal.pthread_sigmask(signal.SIG_SETMASK, unblocked)
    try:
        return _ended(_watched(child))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _end_with(parent: int) -> None:
    """Screens without a parent would hold the desk's lock, unseen, behind a shell that has the terminal again."""
    if sys.platform == "linux" and os.getpid() != parent:
        import ctypes  # noqa: PLC0415  (3 ms, in the child)

        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before it could be told
            os.kill(os.getpid(), signal.SIGTERM)


def _nothing(_number: int, _frame: FrameType | None) -> None:
    """Unlike SIG_IGN, not inherited by what the child starts."""


def _watched(child: int) -> int:
    """The wait status of the child's end. While it is stopped, the parent is too, and a shell sees a stopped job."""
    _, status = os.waitpid(child, os.WUNTRACED)
    while not (os.WIFEXITED(status) or os.WIFSIGNALED(status)):
        if os.WIFSTOPPED(status):
            os.kill(os.getpid(), signal.SIGSTOP)
            seen, status = os.waitpid(child, os.WNOHANG | os.WCONTINUED)
            if seen:
                continue
            os.kill(child, signal.SIGCONT)  # only the parent was continued
        _, status = os.waitpid(child, os.WUNTRACED)
    return status


def _ended(status: int) -> Ended:
    if os.WIFEXITED(status):
        return Ended(os.WEXITSTATUS(status))
    return Ended(None, signal.Signals(os.WTERMSIG(status)).name)


def _spawned(again: bool) -> Ended:  # noqa: FBT001
    """A child as a program of its own, where there is no fork: Windows."""
    command = [sys.executable, "-m", "screens.launcher", *sys.argv[1:]]
    before = signal.signal(signal.SIGINT, _nothing)  # Ctrl+C reaches the child by itself
    try:
        code = subprocess.call(command, env=os.environ | {MARK: AGAIN if again else FIRST})  # noqa: S603  (ourselves)
    finally:
        signal.signal(signal.SIGINT, before)
    if ORDERLY <= code < 2 * ORDERLY:
        return Ended(code - ORDERLY)
    return Ended(None, f"{code:#x}")


def _terminal() -> Callable[[], None]:
    """Remembers how the terminal is now; what it returns puts it back. A terminal that is gone is left alone."""
    restore = _posix_modes() if _POSIX else _windows_modes()

    def give_back() -> None:
        screen = next((stream for stream in (2, 1) if os.isatty(stream)), None)
        with suppress(OSError):
            restore()
            if screen is not None:
                _write(screen, RESET)

    return give_back


def _write(screen: int, data: bytes) -> None:
    while data:
        data = data[os.write(screen, data) :]


def _posix_modes() -> Callable[[], None]:
    import termios  # noqa: PLC0415  (not on Windows)

    with suppress(termios.error):
        before = termios.tcgetattr(0)

        def restore() -> None:
            with suppress(termios.error):
                # Keys that were meant for a dead screen must not be typed into the next.
                termios.tcsetattr(0, termios.TCSAFLUSH, before)

        return restore
    return lambda: None


def _windows_modes() -> Callable[[], None]:
    """The modes of the console's input and output. Not run on a Windows yet."""
    import ctypes  # noqa: PLC0415  (only there)

    kernel: Any = ctypes.windll.kernel32  # type: ignore[attr-defined]
    modes = []
    for handle in (kernel.GetStdHandle(-10), kernel.GetStdHandle(-11)):
        mode = ctypes.c_uint32()
        if kernel.GetConsoleMode(handle, ctypes.byref(mode)):
            modes.append((handle, mode.value))

    def restore() -> None:
        for handle, value in modes:
            kernel.SetConsoleMode(handle, value)

    return restore


def _main() -> int:
    """The child of `_spawned`: an end in good order is told from a fall."""
    from importlib import import_module  # noqa: PLC0415

    try:
        code = import_module("screens.command_line").main()
    except SystemExit as leaving:
        code = leaving.code if isinstance(leaving.code, int) else 1
    return ORDERLY + min(int(code or 0), ORDERLY - 1)


if __name__ == "__main__":
    sys.exit(_main())
