"""Every expected trouble, as one tree of exceptions with a code and fields.

    StationError                  code, fields; `again` says whether trying again can help
    |- BadInput                   what was typed or sent is wrong: field says where
    |- Refused                    the law, a role or the state of a case forbids it
    |- NotAuthorised              locked, wrong PIN, unknown clerk, wrong passphrase
    |- Busy                       somebody else holds the lock
    |- HubUnreachable             nothing answered: work is kept
    |- HubRefused                 the hub answered, and said no
    |- NotOurHub                  something answered that is not our hub: nothing was changed
    |- Damaged                    what is on the disk is not what was written
    `- NotYet                     promised by the command line, built later

Lower layers never write prose for people: `screens/words` turns a code and its fields into a sentence.
Impossible trouble is an assert, and asserts stay on.
"""

from __future__ import annotations

from typing import Any, ClassVar


class StationError(Exception):
    """Expected trouble: `code` names it for programs and for the words, `fields` say where and with what."""

    again: ClassVar[bool] = False

    def __init__(self, code: str, **fields: Any) -> None:
        super().__init__(code)
        self.code = code
        self.fields = fields

    def __str__(self) -> str:
        # Fields may hold personal data: they are shown by words, never by a log line or a traceback.
        return self.code

    def document(self) -> dict[str, Any]:
        """The promise of the command line: {"code": ..., **fields}."""
        return {"code": self.code, **self.fields}


class BadInput(StationError):
    """What was typed or sent is wrong; `field` says where."""


class Refused(StationError):
    """The law, a role or the state of the case forbids it."""


class NotAuthorised(StationError):
    """Locked, or the person may not."""


class Busy(StationError):
    """Another desk or sync holds the lock."""

    again = True


class HubUnreachable(StationError):
    """Nothing answered, or not in time. The work is kept."""

    again = True


class HubRefused(StationError):
    """The hub answered in its own name, and said no."""


class NotOurHub(StationError):
    """Something answered that is not our hub. Nothing was changed."""


class Damaged(StationError):
    """What is on the disk is not what was written."""


class NotYet(StationError):
    """Promised by the command line, built later."""
