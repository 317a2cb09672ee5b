"""The words for people, in three languages: a code, a state, an act or a field becomes a sentence or a name.

Nothing below `screens` speaks. A missing sentence never hides trouble: its id or its code is shown instead.
What people get wrong: a value in a sentence is a stranger's data, so each one passes through `screens.cells.safe`.
"""

from __future__ import annotations

import os
import re
import tomllib
from collections.abc import Mapping
from functools import cache, cached_property
from pathlib import Path
from typing import Any

from screens.cells import safe
from station.errors import StationError

LANGUAGES = ("zh-Hans", "zh-Hant", "en")
VALUE_MOST = 200  # characters of one value in a sentence: trouble stays a line
DIGITS_MOST = 18  # of a number: Python refuses to write one with thousands
MEGABYTE = 2**20

# Codes that mean different things to a clerk by one of their fields: `error.busy` and `error.busy.sync`.
VARIANTS = {
    "answer_type": "expected",
    "busy": "holder",
    "hub_unreachable": "reason",
    "keyring_unavailable": "reason",
    "not_our_hub": "reason",
    "not_yet": "what",
    "printer_cut_off": "reason",
    "printer_unreachable": "reason",
}
# Fields whose values are ids with words of their own.
NAMED = {"act": "act", "code": "error", "id_kind": "id_kind", "now": "role", "role": "role", "status": "state"}

_TRADITIONAL = ("zh-hant", "zh-tw", "zh-hk", "zh-mo")
_ABOVE = re.compile(r"^(set|applicant)\.")
_PLACE = re.compile(r"\[([0-9]{1,6})\]")


class Words:
    """One language: the files of its folder, one a topic. They are read at the first sentence."""

    def __init__(self, lang: str) -> None:
        self.lang = lang

    @staticmethod
    def of(lang: str | None = None) -> Words:
        """The words in a language; without one in that of STATION_LANG, else in zh-Hans."""
        return _made(_nearest(lang or os.environ.get("STATION_LANG") or LANGUAGES[0]))

    def say(self, id_: str, /, **fields: Any) -> str:
        """The sentence with its values; the id itself where there is none."""
        template = self._sentences.get(id_)
        if template is None:
            return safe(id_)
        return template.format_map(_Values({name: self._value(name, value) for name, value in fields.items()}))

    def error(self, error: StationError) -> str:
        """What happened, what was kept and what to do; then the line, the field and the limits, in brackets."""
        id_ = self._id_of(error)
        fields = error.fields
        if id_ is None:
            return self.say("layout.unknown_error", code=error.code) + self._where(fields, "")
        maximum = fields.get("maximum")
        megabytes = maximum // MEGABYTE if isinstance(maximum, int) else None
        return self.say(id_, **{**fields, "megabytes": megabytes}) + self._where(fields, self._sentences[id_])

    def warning(self, warning: Mapping[str, Any]) -> str:
        """What a clerk should look at again: {"field", "code"}."""
        return self.say(f"warning.{warning.get('code')}") + self._where(warning, "")

    def state(self, state: str | None) -> str:
        """The name of a state."""
        return self._name("state", state)

    def act(self, act: str | None) -> str:
        """The name of an act."""
        return self._name("act", act)

    def role(self, role: str | None) -> str:
        """The name of a role."""
        return self._name("role", role)

    def rule(self, rule_id: str | None) -> str:
        """One sentence for the history: what a rule did. Empty where none was asked."""
        return self._name("rule", rule_id)

    def sync(self, sync: str | None) -> str:
        """The name of how far something is at the hub."""
        return self._name("sync", sync)

    def field(self, path: str) -> str:
        """A field as people know it: `set.phone`, `materials[2].name`. What has no name is shown as it is."""
        places = [str(int(digits) + 1) for digits in _PLACE.findall(path)]
        plain = _PLACE.sub("", path)
        name = self._sentences.get(f"field.{plain}") or self._sentences.get(f"field.{_ABOVE.sub('', plain)}")
        if name is not None:
            return " ".join([name, *places])
        head, _, rest = path.partition(".")
        if rest and head != path and f"field.{_PLACE.sub('', head)}" in self._sentences:
            return f"{self.field(head)} {safe(_cut(rest))}"
        return safe(_cut(path))

    @cached_property
    def _sentences(self) -> dict[str, str]:
        found: dict[str, str] = {}
        for file in sorted((Path(__file__).parent / self.lang).glob("*.toml")):
            sections = tomllib.loads(file.read_text(encoding="utf-8")).items()
            found |= {f"{section}.{name}": said for section, names in sections for name, said in names.items()}
        return found

    def _id_of(self, error: StationError) -> str | None:
        """The sentence of an error: that of its variant, else of its code."""
        variant = error.fields.get(VARIANTS.get(error.code, ""))
        ids = (f"error.{error.code}.{variant}" if isinstance(variant, str) else "", f"error.{error.code}")
        return next((id_ for id_ in ids if id_ in self._sentences), None)

    def _where(self, fields: Mapping[str, Any], template: str) -> str:
        """The line, the field and the limits that the sentence has not told, in brackets."""
        said = [
            self.say(f"layout.{name}", **{name: fields[name]})
            for name in ("line", "field", "minimum", "maximum")
            if _tellable(fields.get(name)) and f"{{{name}}}" not in template and not _in_megabytes(name, template)
        ]
        return self.say("layout.where", where=self.say("layout.comma").join(said)) if said else ""

    def _name(self, section: str, value: str | None) -> str:
        return self._sentences.get(f"{section}.{value}") or safe(_text(value))

    def _value(self, name: str, value: Any) -> str:
        """A value as it stands in a sentence."""
        if name in ("field", "where") and isinstance(value, str):
            return self.field(value) if name == "field" else value
        if isinstance(value, list | tuple):
            return _cut(self.say("layout.comma").join(self._value(name, each) for each in value[:VALUE_MOST]))
        return self._name(NAMED[name], _text(value)) if name in NAMED else safe(_text(value))


class _Values(dict[str, str]):
    """The values of a sentence. One that is missing leaves a visible gap."""

    def __missing__(self, name: str) -> str:
        return "…"


@cache
def _made(lang: str) -> Words:
    return Words(lang)


def _nearest(lang: str) -> str:
    """The one of our languages that is nearest."""
    plain = lang.replace("_", "-").lower()
    if plain.startswith(_TRADITIONAL):
        return "zh-Hant"
    return "en" if plain.startswith("en") else LANGUAGES[0]


def _tellable(value: Any) -> bool:
    return value not in (None, "") and isinstance(value, str | int | float) and not isinstance(value, bool)


def _in_megabytes(name: str, template: str) -> bool:
    return name == "maximum" and "{megabytes}" in template


def _text(value: Any) -> str:
    """A plain value as text; anything else leaves a gap."""
    if value is None:
        return ""
    if isinstance(value, int) and abs(value) >= 10**DIGITS_MOST:
        return "…"
    return _cut(str(value)) if isinstance(value, str | int | float) else "…"


def _cut(text: str) -> str:
    return text if len(text) <= VALUE_MOST else text[: VALUE_MOST - 1] + "…"
