"""What the status line says of the hub, from what is known: values in, ids and fields out.

It never claims more than it knows: "online" is that somebody opened a moment ago and the last sync was good.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from screens.hub_reach import Reach
from screens.sync_process import SyncState
from screens.widgets.status_bar import Meter, Part, SyncStatus
from station.case import china_time
from station.outbox import Failure, Glance

STILL_S = 4  # without a byte for so long: that is what the line says then
KILO = 1_000
MINUTE_S, HOUR_S, DAY_S = 60, 3_600, 86_400
UNREACHABLE = ("timeout", "connect", "name", "cut", "deadline", "hub_busy")  # reasons that have words of their own
CODES = ("not_our_hub", "busy", "sync_died")


class Known(NamedTuple):
    """All that the line is made of."""

    glance: Glance
    reach: Reach
    attended: bool  # somebody is signed in: only then is the way to the hub looked at
    now_ms: int
    failed: Failure | None = None  # of the last sync, until one is good
    next_ms: int | None = None
    running: SyncState | None = None
    cancelled: bool = False  # a person ended the last sync a moment ago


def status(known: Known) -> SyncStatus:
    """The line as it is to be now."""
    if known.running is not None:
        return _running(known.running)
    glance = known.glance
    if not glance.enrolled:
        return SyncStatus(Part("sync.not_enrolled"), (_pending(glance),))
    parts = [_pending(glance), *why(known)]
    if known.cancelled:
        parts.append(Part("status.cancelled"))
    parts += [Part(f"status.{name}", {"count": count}) for name, count in _to_decide(glance).items() if count]
    parts.append(contact(glance.contact, known.now_ms))
    if known.next_ms is not None:
        parts.append(Part("status.next", {"at": time_of(known.next_ms, known.now_ms)}))
    return SyncStatus(Part(state(known)), tuple(parts))


def state(known: Known) -> str:
    """The id of the state: a sync that runs, a knock that nobody opened, a sync that failed, or none of them."""
    if known.running is not None:
        return "status.syncing"
    if not known.glance.enrolled:
        return "sync.not_enrolled"
    if not known.attended:
        return "status.unattended"
    if not known.reach.known:
        return "status.looking"
    if known.reach.reason:
        return "sync.offline"
    return "status.failed" if known.failed or not known.glance.contact else "sync.online"


def why(known: Known) -> list[Part]:
    """Since when, and the reason in a word or two; nothing where all is well or unknown."""
    if state(known) == "sync.offline":
        reason = Part(f"why.{known.reach.reason}")
        return [Part("status.since", {"at": time_of(known.reach.since_ms, known.now_ms), "why": reason})]
    if state(known) == "status.failed" and known.failed is not None:
        return [failed_at(known.failed, known.now_ms)]
    return []


def failed_at(failed: Failure, now_ms: int) -> Part:
    """When a sync failed, and why in a word or two."""
    return Part("status.failed_at", {"at": time_of(failed.at, now_ms), "why": short_reason(failed)})


def short_reason(failed: Failure) -> Part:
    """Why, in a word or two."""
    reason = failed.fields.get("reason")
    if failed.code == "hub_unreachable":
        return Part(f"why.{reason if reason in UNREACHABLE else 'connect'}")
    return Part(f"why.{failed.code if failed.code in CODES else 'trouble'}")


def contact(at_ms: int, now_ms: int) -> Part:
    """When the hub last spoke, and how long ago that is."""
    if not at_ms:
        return Part("status.never")
    ago_s = max(0, now_ms - at_ms) // KILO
    for unit, size in (("days", DAY_S), ("hours", HOUR_S), ("minutes", MINUTE_S)):
        if ago_s >= size:
            return Part(f"status.contact_{unit}", {"at": time_of(at_ms, now_ms), "count": ago_s // size})
    return Part("status.contact_now", {"at": time_of(at_ms, now_ms)})


def time_of(at_ms: int, now_ms: int) -> str:
    """The time of day, with its day where that is not today."""
    at, now = china_time(at_ms), china_time(now_ms)
    return at[11:16] if at[:10] == now[:10] else f"{at[5:10]} {at[11:16]}"


def phase(running: SyncState) -> Part:
    """What a running sync is doing."""
    return Part(f"status.{running.phase}", {"done": running.done, "total": running.total, "pulled": running.pulled})


def time_left(running: SyncState) -> Part:
    """How long it takes, or that nothing moves, or how long it has taken."""
    if running.still_s >= STILL_S:
        return Part("status.still", {"seconds": running.still_s})
    if running.eta_s is None:
        return Part("status.elapsed", {"seconds": running.seconds})
    if running.eta_s >= 2 * MINUTE_S:
        return Part("status.eta_minutes", {"minutes": -(-running.eta_s // MINUTE_S)})
    return Part("status.eta", {"seconds": running.eta_s})


def size(count: int) -> str:
    """Bytes for people: 812B, 1.2kB, 3.4MB."""
    for unit, of_it in (("MB", KILO * KILO), ("kB", KILO)):
        if count >= of_it:
            return f"{count / of_it:.1f}{unit}"
    return f"{count}B"


def _running(running: SyncState) -> SyncStatus:
    moved = Part("status.bytes", {"size": size(running.bytes_up + running.bytes_down)})
    meter = Meter(running.share, running.beat)
    return SyncStatus(Part("status.syncing"), (phase(running), moved, time_left(running)), meter)


def _pending(glance: Glance) -> Part:
    return Part("status.pending", {"count": glance.pending})


def _to_decide(glance: Glance) -> Mapping[str, Any]:
    return {"conflicts": glance.conflicts, "problems": glance.problems}
