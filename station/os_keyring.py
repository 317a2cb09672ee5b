"""The operating system's keyring, for the base key of a home that syncs unattended.

`keyring.get_keyring()` is never asked: it loads code that a configuration file names, and may prefer a plain file. Only
the back ends below are made, directly; what was written is read back, and an answer that does not come is a no.
"""

from __future__ import annotations

import importlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from station.errors import Refused

SERVICE = "village-station"
ANSWER_S_MAX = 10.0  # a locked keyring asks on a screen that nobody may be looking at
BACKENDS = (
    ("keyring.backends.Windows", "WinVaultKeyring"),
    ("keyring.backends.macOS", "Keyring"),
    ("keyring.backends.SecretService", "Keyring"),
    ("keyring.backends.kwallet", "DBusKeyring"),
)


def put(entry: str, value: str) -> None:
    """Keeps the value and reads it back. Raises Refused `keyring_unavailable`."""
    if _answered(lambda: _put(_backend(), entry, value)) != value:
        raise Refused("keyring_unavailable", reason="forgets")


def get(entry: str) -> str | None:
    """The value, or None where the keyring answers but has no such entry. Raises Refused `keyring_unavailable`."""
    answer = _answered(lambda: _backend().get_password(SERVICE, entry))
    return None if answer is None else str(answer)


def _put(backend: Any, entry: str, value: str) -> Any:
    backend.set_password(SERVICE, entry, value)
    return backend.get_password(SERVICE, entry)


def _backend() -> Any:
    """The first allowed back end that this machine can use."""
    for module, name in BACKENDS:
        try:
            kind = getattr(importlib.import_module(module), name)
            if kind.priority > 0:  # raises where its service is absent
                return kind()
        except Exception:  # noqa: S112  (each back end fails in its own way; all of them mean: not this one)
            continue
    raise Refused("keyring_unavailable", reason="absent")


def _answered(ask: Callable[[], Any]) -> Any:
    answers: queue.Queue[tuple[Any, BaseException | None]] = queue.Queue()

    def _ask() -> None:
        try:
            answers.put((ask(), None))
        except BaseException as trouble:
            answers.put((None, trouble))

    threading.Thread(target=_ask, name="keyring", daemon=True).start()
    try:
        answer, trouble = answers.get(timeout=ANSWER_S_MAX)
    except queue.Empty:
        raise Refused("keyring_unavailable", reason="silent") from None
    if isinstance(trouble, Refused):
        raise trouble
    if trouble is not None:
        raise Refused("keyring_unavailable", reason=type(trouble).__name__) from trouble
    return answer
