"""The keys of every page have room at 80 columns, in every language: no label is cut, none is left out."""

from __future__ import annotations

import pytest
from rich.cells import cell_len

from screens.page_table import PAGES, page
from screens.pages.frame import COLUMNS_LEAST, EVERYWHERE
from screens.pages.lock import PassphrasePage, SignInPage
from screens.widgets.key_bar import key_name
from screens.words import LANGUAGES, Words

KINDS = [PassphrasePage, SignInPage, *(page(name) for name in PAGES)]


@pytest.mark.parametrize("lang", LANGUAGES)
def test_the_keys_of_a_page_have_room_in_the_smallest_window(lang: str) -> None:
    words = Words.of(lang)
    widths = {
        kind.__name__: sum(cell_len(f" {key_name(each.key)}{words.say(each.label, **each.fields)}") for each in keys)
        for kind in KINDS
        if isinstance(keys := kind.keys, tuple)  # type: ignore[attr-defined]
    }
    assert len(widths) > 8
    assert {name: width for name, width in widths.items() if width > COLUMNS_LEAST} == {}


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_keys_mean_everywhere_has_a_word(lang: str) -> None:
    words = Words.of(lang)
    assert all(words.say(each.label) != each.label for each in EVERYWHERE)
