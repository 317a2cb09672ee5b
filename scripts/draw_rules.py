"""Draws `docs/rules.md` from the named rules of the merge and their sentences in three languages.

python scripts/draw_rules.py [--check]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from drawn_document import table, write_or_check

from screens.words import LANGUAGES, Words
from sync.rules import RULES

HEAD = """\
# The named rules 合并规则

Drawn from `sync/rules.py` and `screens/words/` by `scripts/draw_rules.py`; change them there and draw again.

A rule is asked when an operation meets a case that others changed meanwhile (`sync/merge.py`). Its id and what it did
stand in the history of the case. When in doubt a rule parks: what a clerk typed waits in front of a person and is never
dropped.
"""


def drawn() -> str:
    """The whole document."""
    rules = table(
        ("id", "version", "situation", "parks before", "legal effect"),
        [
            (f"`{rule.id}`", str(rule.version), rule.situation, rule.parks_before or "nobody", rule.legal_effect)
            for rule in RULES
        ],
    )
    said = table(
        ("id", *LANGUAGES),
        [(f"`{rule.id}`", *(Words(lang).rule(rule.id) for lang in LANGUAGES)) for rule in RULES],
    )
    return "\n".join([HEAD, "## Rules\n", rules, "## What people are told\n", said])


def main(argv: Sequence[str] | None = None) -> int:
    """Writes or checks the document."""
    return write_or_check("rules.md", drawn(), argv)


if __name__ == "__main__":
    sys.exit(main())
