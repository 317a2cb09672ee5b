"""The pages by their names. A page is imported when it is first wanted: the first frame waits for the lock alone.

`fetch_all` brings the others while the clerk types her passphrase.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from screens.pages.frame import CounterPage

PAGES = {
    "acts": "act:ActPage",
    "case": "case:CasePage",
    "cases": "cases:CasesPage",
    "choices": "choices:ChoicesPage",
    "conflict": "conflict:ConflictPage",
    "help": "help:HelpPage",
    "intake": "intake:IntakePage",
    "item_page": "item:ItemPage",
    "menu": "menu:MenuPage",
    "paper": "paper:PaperPage",
    "person": "person:PersonPage",
    "printer": "printer:PrinterPage",
    "sync_page": "sync:SyncPage",
    "taken": "taken:TakenPage",
    "today": "today:TodayPage",
}
PLACES = ("cases", "printer", "sync_page")  # pages that need nothing to open
OPENED = {  # pages of one thing, by its id: the name of the page, and what it is told beside the id
    "acts": "acts",
    "case": "case",
    "conflict": "conflict",
    "notice": "paper notice",
    "receipt": "paper receipt",
    "person": "person",
    "newcomer": "person id_no=",
    "item_page": "item_page",
}


def page(name: str) -> Callable[..., CounterPage]:
    """The class of a page."""
    module, _, kind = PAGES[name].partition(":")
    found: Callable[..., CounterPage] = getattr(import_module(f"screens.pages.{module}"), kind)
    return found


def opened(kind: str, key: str) -> CounterPage:
    """A page of one thing."""
    name, _, more = OPENED[kind].partition(" ")
    if more.endswith("="):
        return page(name)(**{more[:-1]: key})
    return page(name)(more, key) if more else page(name)(key)


def is_a(shown: object, name: str) -> bool:
    """Whether a page is of that name."""
    return PAGES[name].rpartition(":")[2] in {kind.__name__ for kind in type(shown).__mro__}


def fetch_all() -> None:
    """Imports every page, and what works behind them."""
    for name in PAGES:
        page(name)
    for module in ("screens.counter", "screens.hub_watch", "screens.print_jobs"):
        import_module(module)
