"""The verbs of the counter about cases: the queue, one case whole, what may be done to it, what a person must decide.

As all verbs of the counter they may be called from workers, and raise StationError.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from screens import wiring
from screens.open_counter import OpenCounter
from station import act_offers, case_queue, catalogue, read_audit, replica, settings
from station.act_offers import Foreseen, Offer
from station.case import Case, HistoryLine
from station.case_queue import Filter, Key, Queued, Stand, Wanted
from station.case_states import State

if TYPE_CHECKING:
    from screens.case_commands import SeenCase
    from station.desk import Done
    from station.rights import Actor
    from sync.conflict import Conflict

PRE_ACCEPTED = "PRE_ACCEPTED"
WHOLE_NUMBER = "id_no"  # what the audit of reads calls it


class Glimpse(msgspec.Struct, frozen=True, kw_only=True):
    """What a list tells of the case under the cursor: no identity number and no phone."""

    waits: str  # its state, or that it waits for the hub to confirm what was accepted here
    received: str
    steps: tuple[str, ...]  # acts by which the clerk may bring it on
    last: HistoryLine | None


class Dispute(msgspec.Struct, frozen=True, kw_only=True):
    """A case about which a person must decide: its open conflicts, oldest first, with what names its fields."""

    seen: SeenCase
    conflicts: tuple[Conflict, ...]
    device: str


class CaseVerbs(OpenCounter):
    """What the counter does with cases. The counter itself has the base and the clerk."""

    _turns: tuple[tuple[str, int], dict[str, tuple[str, ...] | None]] | None = None

    def queue(self, wanted: Wanted, key: Key | None, most: int, *, forward: bool = True) -> list[Queued]:
        """A page of the queue, after a key or before it."""
        wanted = self._whole(wanted)
        with self.database.reading() as reader:
            return case_queue.page(reader, wanted, key, most, forward=forward)

    def queue_from(self, wanted: Wanted, key: Key, most: int) -> tuple[list[Queued], bool]:
        """A page that begins at a key, with its case where that still stands there; and whether nothing is before."""
        wanted = self._whole(wanted)
        with self.database.reading() as reader:
            before = case_queue.page(reader, wanted, key, 1, forward=False)
            return case_queue.page(reader, wanted, before[0].key if before else None, most), not before

    def queue_count(self, wanted: Wanted) -> tuple[int, bool]:
        """How many cases those are, and whether there are more than that."""
        wanted = self._whole(wanted)
        with self.database.reading() as reader:
            return case_queue.count(reader, wanted)

    def glimpse(self, case_id: str) -> Glimpse:
        """What a list tells of one case."""
        actor = self._actor()
        with self.database.reading() as reader:
            found = replica.work(reader, case_id)
        offers = act_offers.offers(found.case, found.item, actor, wiring.clock.now_ms())
        return Glimpse(
            waits=waits_as(found.case),
            received=found.case.text("received_on"),
            steps=steps_of(found.case, offers),
            last=found.case.history[-1] if found.case.history else None,
        )

    def stand(self, case_id: str) -> Stand | None:
        """How a case stands now; where it is as it was shown, nothing of it has changed."""
        with self.database.reading() as reader:
            return case_queue.stand(reader, case_id)

    def seen_case(self, ref: str) -> SeenCase:
        """One case whole as a page shows it; the read is audited. Raises BadInput `case_unknown`."""
        from screens.case_commands import seen_case  # noqa: PLC0415

        return seen_case(self.database, ref, self._signed_in().name)

    def uncover(self, case_id: str) -> bool:
        """Writes down that somebody looks at a whole identity number, before he does."""
        with self.database.changing() as rows:
            read_audit.append(
                rows, at=wiring.clock.now_ms(), clerk=self._signed_in().name, case_id=case_id, what=WHOLE_NUMBER
            )
        return True

    def offers(self, seen: SeenCase) -> tuple[Offer, ...]:
        """What may be done to a case as it was shown, and why the rest may not."""
        return act_offers.offers(seen.case, seen.item, self._actor(), wiring.clock.now_ms())

    def foresee(self, seen: SeenCase, line: Mapping[str, Any]) -> Foreseen:
        """What an act would do to the case as it was shown. Raises what the desk would raise."""
        now = wiring.clock.now_ms()
        return act_offers.foreseen(line, seen.case, seen.item, self._actor(), now, self.today)

    def act(self, seen: SeenCase, line: Mapping[str, Any]) -> Done:
        """One act on a case, with the base that was shown. Raises BadInput, Refused."""
        return wiring.desk(self.database).act(dict(line), self._signed_in(), base=seen.stand.base)

    def dispute(self, conflict_id: str) -> Dispute:
        """A conflict with the others of its case; the read is audited. Raises BadInput `conflict_unknown`."""
        from sync import settling  # noqa: PLC0415

        seen = self.seen_case(settling.one(self.database, conflict_id).case)
        found = tuple(settling.waiting_of(self.database, seen.case.id))
        return Dispute(seen=seen, conflicts=found, device=wiring.identity(self.database).device)

    def _whole(self, wanted: Wanted) -> Wanted:
        """With what only the station knows: whose turn it is in which state."""
        if wanted.filter != Filter.MINE:
            return wanted
        return msgspec.structs.replace(wanted, turns=self._my_turns(), division=self._signed_in().division)

    def _my_turns(self) -> dict[str, tuple[str, ...] | None]:
        """Kept until a new catalogue comes, or somebody else."""
        actor = self._actor()
        with self.database.reading() as reader:
            version = (actor.name, int(settings.get(reader, "catalogue_version", 0)))
            if self._turns is None or self._turns[0] != version:
                codes = {entry.code: entry.version for entry in catalogue.entries(reader)}
                items = [catalogue.item(reader, code, version) for code, version in codes.items()]
                self._turns = (version, act_offers.turns(items, actor))
        return self._turns[1]

    def _actor(self) -> Actor:
        from station.desk import actor_of  # noqa: PLC0415  (brings the writing half of the station along)

        return actor_of(self._signed_in())


def waits_as(case: Case) -> str:
    """In which state a case waits; what was accepted provisionally waits for the hub."""
    return PRE_ACCEPTED if case.status == State.RECEIVED and case.text("pre_accepted_on") else case.status


def steps_of(case: Case, offers: tuple[Offer, ...]) -> tuple[str, ...]:
    """The acts among those that may be done now by which the case goes on."""
    may = {offer.act for offer in offers if offer.refusal is None}
    return tuple(act for state, act in act_offers.STEPS if state == waits_as(case) and act in may)
