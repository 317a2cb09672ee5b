"""`station demo`: a throw-away city on this machine, and the main job in it from end to end.

A hub in its own process on loopback, three villages and a town with encrypted bases, clerks, the demo catalogue.
Intakes are taken while the hub is down; then it decides, and the villages see it. Every step is checked, not only done.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from argparse import Namespace
from pathlib import Path
from typing import Any

from screens import demo_data
from screens.context import DONE, FAILED, Context
from screens.demo_hub import DemoHub
from screens.demo_station import DemoStation
from screens.launcher import Turn, launch
from station.errors import HubUnreachable, StationError

ADDRESS_AT_VILLAGE, ADDRESS_AT_HUB = "莲花镇军营村上厝12号", "莲花镇军营村下厝12号"
NOTE_LEFT = "已电话提醒来取件"
PHONE_AT_VILLAGE, PHONE_AT_HUB = "13800009001", "13800009002"


def demo(context: Context, args: Namespace) -> int:
    """Builds the city, does the main job, says what happened. `--check`: nothing is left behind."""
    folder = Path(tempfile.mkdtemp(prefix="station-demo-"))
    story = Story(context)
    hub = DemoHub(folder / "hub")
    stations: list[DemoStation] = []
    builder = os.getpid()
    opens = not args.check and not context.as_json and sys.stdin.isatty() and sys.stdout.isatty()
    try:
        build(story, hub, stations, folder)
        main_job(story, hub, stations)
        if opens and not story.faults:
            leave_work(hub, stations[0])
            return _screens(context, story, stations)
    except StationError as error:
        story.failed(context.words.error(error))
    finally:
        if os.getpid() == builder:  # the screens are a child, and the city is its parent's
            for each in stations:
                each.close()
            hub.stop()
            if args.check or opens or story.faults:
                shutil.rmtree(folder, ignore_errors=True)
    return story.end(None if args.check else folder)


def _screens(context: Context, story: Story, stations: list[DemoStation]) -> int:
    """The screens of the first village, while its hub serves; the city goes when they are closed."""
    from screens.counter import Counter  # noqa: PLC0415
    from screens.counter_app import CounterApp  # noqa: PLC0415

    station = stations[0]
    story.tell("screens", name=station.place.name, clerk=station.place.clerk, pin=demo_data.PIN)
    for each in stations:
        each.close()
    turn = launch(context) if hasattr(os, "fork") else Turn()  # a program of its own would build a city of its own
    if turn.code is not None:
        return turn.code
    counter = Counter(station.home)
    counter.open(demo_data.PASSPHRASE)
    hint = context.words.say("demo.sign_in", clerk=station.place.clerk, pin=demo_data.PIN)
    app = CounterApp(counter, context.words, hint=hint)
    try:
        code = app.run() or DONE
    finally:
        counter.close()
    if app.bug is not None:
        raise app.bug
    return code


class Story:
    """What the demo says as it goes, and what it found wrong."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self.steps: list[dict[str, Any]] = []
        self.faults: list[str] = []

    def tell(self, step: str, **fields: Any) -> None:
        """One thing that was done."""
        self.steps.append({"step": step, **fields})
        text = self._context.words.say(f"demo.{step}", **fields)
        if self._context.as_json:
            self._context.say(text)
        else:
            print(text, flush=True)  # noqa: T201  (this command's answer is the story itself)

    def say(self, what: str) -> str:
        """A word in the language of this call."""
        return self._context.words.say(what)

    def expect(self, what: str, found: Any, wanted: Any) -> None:
        """One thing that must be so."""
        if found != wanted:
            self.failed(f"{what}: {found!r}, {wanted!r}")

    def failed(self, text: str) -> None:
        """One thing that is not as it should be."""
        self.faults.append(text)
        self._context.say(self._context.words.say("demo.fault", text=text))

    def end(self, folder: Path | None) -> int:
        """The exit code, after the last words."""
        if self.faults:
            self.tell("failed", faults=len(self.faults))
        else:
            self.tell("done")
        if folder is not None and not self.faults:
            self.tell("look", folder=str(folder), pin=demo_data.PIN, passphrase=demo_data.PASSPHRASE)
        if self._context.as_json:
            self._context.line({"steps": self.steps, "faults": self.faults})
        return FAILED if self.faults else DONE


def build(story: Story, hub: DemoHub, stations: list[DemoStation], folder: Path) -> None:
    """A hub with its catalogue and clerks, and enrolled stations; they are added to `stations` as they come."""
    hub.make()
    published = hub.publish(demo_data.catalogue())
    story.tell("published", items=published["published"])
    hub.add_clerks(demo_data.CLERKS)
    url = hub.start()
    story.tell("hub", url=url)
    for place in demo_data.PLACES:
        code = hub.add_station(place)
        station = DemoStation(folder / place.division, place)
        station.make()
        stations.append(station)
        station.enrol(url, code, hub.ca)
        story.tell("enrolled", name=place.name, division=place.division, clerk=place.clerk)


def main_job(story: Story, hub: DemoHub, stations: list[DemoStation]) -> None:
    """Intakes without a network, a sync, a decision, a conflict and its settling; every step is checked."""
    villages, town = stations[:-1], stations[-1]
    hub.stop()
    story.tell("hub_down")
    taken = _take_offline(story, villages)
    hub.start()
    story.tell("hub_back")
    for station in villages:
        report = station.sync()
        story.tell("synced", name=station.place.name, **report)
        story.expect(f"{station.place.name} left", (report["pending"], report["level"]), (0, True))
    story.expect("cases at the hub", len(hub.cases()), len(taken))
    decided = _decide(story, hub, villages[0])
    _conflict(story, hub, villages[0])
    for station in stations:
        station.sync()
    _compare(story, hub, villages, town, decided, len(taken))


def _take_offline(story: Story, villages: list[DemoStation]) -> list[str]:
    """Every demo intake, one village after the other; the hub is down, so a sync finds nobody and loses nothing."""
    taken: list[str] = []
    intakes = demo_data.intakes()
    for place, line in enumerate(intakes):
        station = villages[place % len(villages)]
        taken.append(station.take(line).number)
    for item, code in demo_data.refused_items():
        try:
            villages[0].take({**intakes[0], "item": item, "ref": None})
        except StationError as error:
            story.expect(f"{item} refused", error.code, code)
        else:
            story.failed(f"{item} was taken")
    story.expect("numbers are unique", len(set(taken)), len(intakes))
    try:
        villages[0].sync()
    except HubUnreachable:
        story.tell("taken_offline", cases=len(taken), items=demo_data.item_count(intakes))
    else:
        story.failed("a sync without a hub said it was done")
    return taken


def _decide(story: Story, hub: DemoHub, village: DemoStation) -> str:
    """One complete case through acceptance, decision and closing at the city, and back."""
    case = village.complete_case()
    for act in ({"act": "accept"}, {"act": "decide", "outcome": "grant"}, {"act": "close"}):
        hub.act({"case": case, **act}, demo_data.APPROVER)
    report = village.sync()
    story.expect("the city's decision came back", village.status(case), "CLOSED")
    story.tell("decided", number=case, pulled=report["pulled"])
    return case


def _conflict(story: Story, hub: DemoHub, village: DemoStation) -> None:
    """The same phone changed on both sides: shown to the village, settled by a person, the same everywhere."""
    case = village.open_case()
    village.act({"case": case, "act": "amend", "set": {"phone": PHONE_AT_VILLAGE}})
    hub.act({"case": case, "act": "amend", "set": {"phone": PHONE_AT_HUB}}, demo_data.TOWN_CLERK)
    village.sync()
    waiting = village.conflicts()
    story.expect("one conflict", len(waiting), 1)
    if not waiting:
        return
    found = waiting[0].document(village.device)
    story.expect("mine and theirs", (found["mine"], found["theirs"]), (PHONE_AT_VILLAGE, PHONE_AT_HUB))
    story.tell("conflict", number=case, field=found["field"], mine=found["mine"], theirs=found["theirs"])
    village.settle(waiting[0].id, "mine", story.say("conflict.reason_called"))
    village.sync()
    story.expect("settled", len(village.conflicts()), 0)
    story.expect("the hub has the choice", hub.case(case)["applicant"]["phone"], PHONE_AT_VILLAGE)
    story.tell("settled", number=case, value=PHONE_AT_VILLAGE)


def leave_work(hub: DemoHub, village: DemoStation) -> None:
    """What a clerk finds in the morning, for who looks at the screens: a conflict before her, and acts not yet sent."""
    case = village.open_case()
    village.act({"case": case, "act": "amend", "set": {"address": ADDRESS_AT_VILLAGE}})
    hub.act({"case": case, "act": "amend", "set": {"address": ADDRESS_AT_HUB}}, demo_data.TOWN_CLERK)
    village.sync()
    village.act({"case": village.complete_case(), "act": "note", "text": NOTE_LEFT})


def _compare(
    story: Story, hub: DemoHub, villages: list[DemoStation], town: DemoStation, decided: str, total: int
) -> None:
    """Both ends show every case the same, the town sees all of its villages, and every station verifies."""
    for station in villages:
        for row in station.cases():
            story.expect(row.number, station.document(row.number), hub.case(row.number))
    story.expect("cases at the town", len(town.cases()), total)
    story.expect("the town sees the decision", town.status(decided), "CLOSED")
    for station in (*villages, town):
        story.expect(f"{station.place.name} verifies", station.faults(), [])
    story.tell("compared", cases=total)
