"""Words for a widget: by id, from the app that it stands in."""

from __future__ import annotations

from typing import Any

from textual.widget import Widget


def say(widget: Widget, id_: str, /, **fields: Any) -> str:
    """The sentence in the language of the app; the id itself where the app has no words yet."""
    words = getattr(widget.app, "words", None)
    return str(words.say(id_, **fields)) if words is not None else id_
