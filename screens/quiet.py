"""Is everything done that the last key set going? Only then does the next key know where it belongs.

Textual has no such question. It is answered from the message queues of Textual 8.2.8, whose version is pinned: each
widget's queue is empty, its task waits for more, nothing is half mounted or half removed, and no page waits for a frame
or for a worker of the group KEYS_WAIT. What people get wrong: a timer is no consequence of a key, so a focus that is
moved by `set_timer` is not waited for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.screen import Screen

KEYS_WAIT = "keys-wait"  # the group of workers whose end typed-ahead keys wait for: a read that opens a page


def is_quiet(app: App[Any]) -> bool:
    """Whether all consequences of earlier input have been handled; the likeliest to be busy are asked first."""
    if not _at_rest(app) or not app.screen_stack:
        return False
    screen = app.screen
    if screen.focused is not None and not _at_rest(screen.focused):
        return False
    return all(map(_at_rest, app._registry)) and not _awaits_a_frame(screen) and not _awaits_a_worker(app)


def _at_rest(pump: MessagePump) -> bool:
    """Whether a widget, page or app has nothing to do. One that is closed has nothing to do for ever."""
    if pump._closed:
        return True
    if pump._closing or getattr(pump, "_pruning", False) or not pump._is_mounted:
        return False
    queue: Any = pump._message_queue
    waits_for_more = bool(queue.ready_event._waiters)
    return waits_for_more and not (queue.values or pump._next_callbacks or getattr(pump, "_recompose_required", False))


def _awaits_a_frame(screen: Screen[Any]) -> bool:
    """Whether something was left for after the next frame; Textual's own look at the bindings moves no focus."""
    return any(getattr(call, "func", call) != screen.refresh_bindings for call, _sender in screen._callbacks)


def _awaits_a_worker(app: App[Any]) -> bool:
    return any(worker.group == KEYS_WAIT and not worker.is_finished for worker in app.workers)
