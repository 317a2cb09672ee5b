"""A whole small city in one process: a real hub, real stations, and a road between them that can be made bad.

Nothing here is a double but the clock, the chance and the road: the hub is `sync.hub.service.Hub` on a SQLite file, a
station is an encrypted base with its desk. `Road` carries the bytes, loses answers, cuts them, repeats requests.
"""

from __future__ import annotations

import itertools
import json
import random
import shutil
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import station
from station import canonical, case_lists, clerks, journal, leases, replica, schema, settings, verification
from station.case_document import document
from station.clerks import Clerk
from station.database import Database
from station.desk import Desk, Done
from station.errors import HubRefused, HubUnreachable, StationError
from station.materials import Materials
from station.rights import ALL_BODIES, Actor
from station.settings import StationIdentity
from sync import enrolling, runner, settling
from sync.conflict import Conflict
from sync.hub import calendar_seed, publication, registry
from sync.hub import schema as hub_schema
from sync.hub import settings as hub_settings
from sync.hub.database import HubDatabase, sqlite_url
from sync.hub.office import Office
from sync.hub.service import Hub
from sync.signatures import SigningKey
from sync.transport import Traffic

CATALOGUE: dict[str, Any] = json.loads(
    (Path(station.__file__).parent / "demo" / "catalog_seed.json").read_text(encoding="utf-8")
)
START_MS = 1_790_000_000_000  # 2026-09-21, a Monday, late in the evening in China
BASE_KEY = bytes(range(48))
TOWN, VILLAGE, OTHER_VILLAGE = "350212103", "350212103201", "350212103202"
CITY = "3502"
PIN = "482913"

PENSION = "11350212DM0001120963520D0003000"  # decided on the spot, even without the hub
INSURANCE = "11350212DM0001139663520D0001000"  # a village may accept, the district decides
UNEMPLOYED = "11350212DM0001120963520D1016000"  # a village may accept, the town decides
ELDER_CARD = "11350212DM0001104K53520D0005000"  # a village collects, the town decides


class FakeClock:
    """A clock that the test moves; each look at it takes a millisecond, as if somebody had worked."""

    def __init__(self, now_ms: int = START_MS) -> None:
        self.now = now_ms

    def now_ms(self) -> int:
        """Wall time; never twice the same."""
        self.now += 1
        return self.now

    def elapsed_ms(self) -> int:
        """Time since the start."""
        return self.now - START_MS

    def boot_id(self) -> str:
        """One boot."""
        return "boot-1"

    def pass_days(self, days: int) -> None:
        """Some days later."""
        self.now += days * 86_400_000


class SeededChance:
    """The same bytes again from the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def token(self, size: int) -> bytes:
        """`size` bytes."""
        return self._random.randbytes(size)


class Road:
    """The way to the hub. Each switch holds for one exchange; `sent` and `answers` keep what travelled."""

    def __init__(self, hub: Callable[[], Hub]) -> None:
        self._hub = hub
        self.traffic = Traffic()
        self.closed = False
        self.lose_answer = False
        self.cut_at: int | None = None
        self.repeat = False
        self.old_answer: bytes | None = None
        self.while_travelling: Callable[[], object] | None = None
        self.sent: list[bytes] = []
        self.answers: list[bytes] = []

    def exchange(self, body: bytes) -> Iterator[bytes]:
        """The hub's answer, or what the road made of it."""
        answer = self._carry(body, lambda: self._hub().sync(body))
        if self.repeat:
            self.repeat = False
            self._told(lambda: self._hub().sync(body))
        if self.while_travelling is not None:
            meet, self.while_travelling = self.while_travelling, None
            meet()
        if self.old_answer is not None:
            answer, self.old_answer = self.old_answer, None
        if self.cut_at is not None:
            cut, self.cut_at = self.cut_at, None
            yield answer[:cut]
            raise HubUnreachable("hub_unreachable", reason="cut")
        yield answer

    def enrol(self, body: bytes) -> bytes:
        """The hub's answer to an enrolment."""
        return self._carry(body, lambda: self._hub().enrol(body))

    def pack(self, name: str, offset: int = 0) -> Iterator[bytes]:
        """A pack in two pieces."""
        body = self._hub().pack(name)
        assert body is not None
        yield body[offset : offset + 100]
        yield body[offset + 100 :]

    def _carry(self, body: bytes, ask: Callable[[], bytes]) -> bytes:
        if self.closed:
            raise HubUnreachable("hub_unreachable", reason="closed")
        self.traffic.requests += 1
        self.traffic.bytes_up += len(body)
        self.sent.append(body)
        answer = self._told(ask)
        self.answers.append(answer)
        if self.lose_answer:
            self.lose_answer = False
            raise HubUnreachable("hub_unreachable", reason="lost")
        self.traffic.bytes_down += len(answer)
        return answer

    def _told(self, ask: Callable[[], bytes]) -> bytes:
        """The hub's refusals as the doors of HTTP hand them on."""
        try:
            return ask()
        except StationError as refusal:
            raise HubRefused(refusal.code, **refusal.fields) from refusal


class City:
    """The hub with its people, and the stations that were set up."""

    def __init__(self, folder: Path, seed: int = 1) -> None:
        begins = not (folder / "hub.db").exists()
        self.folder = folder
        self.clock = FakeClock()
        self.chance = SeededChance(seed)
        self.database = HubDatabase(sqlite_url(folder / "hub.db"))
        self.hub = Hub(self.database, SigningKey(bytes(32)), self.clock, self.chance)
        self.office = Office(self.database, self.clock, self.chance)
        self.stations: dict[str, Station] = {}
        if begins:
            self._begin()

    @staticmethod
    def copied(template: Path, folder: Path) -> City:
        """A city as it was when it was closed, with the stations that it had; only chance is new."""
        shutil.copytree(template, folder, dirs_exist_ok=True)
        made = City(folder, seed=2)
        for home in sorted(path.parent for path in folder.glob("*/station.db")):
            made.stations[home.name] = Station(made, home, SeededChance(hash_of(home.name) + 1))
        return made

    def _begin(self) -> None:
        hub_schema.migrate(self.database)
        with self.database.writing() as session:
            hub_settings.begin(session, self.chance)
            publication.publish(session, CATALOGUE, self.clock.now_ms())
            publication.publish_calendar(session, calendar_seed.seed_document(), self.clock.now_ms())
            for name, role, division, bodies in (
                ("林小梅", "village_clerk", VILLAGE, []),
                ("陈大山", "village_clerk", OTHER_VILLAGE, []),
                ("黄窗口", "town_clerk", TOWN, []),
                ("苏初审", "town_reviewer", TOWN, []),
                ("郑主任", "town_supervisor", TOWN, []),
                ("王审批", "approver", CITY, [ALL_BODIES]),
            ):
                registry.add_clerk(session, name, role, division, bodies, PIN)

    def invite(self, division: str) -> str:
        """A one-time code for a new station."""
        with self.database.writing() as session:
            return registry.add_station(session, division, f"站点 {division}", self.clock.now_ms(), self.chance)["code"]

    def new_home(self, name: str, division: str) -> Station:
        """A station that no hub knows yet."""
        home = self.folder / name
        home.mkdir()
        made = Station(self, home, SeededChance(hash_of(name)))
        schema.migrate(made.database)
        with made.database.writing() as session:
            settings.put_identity(session, StationIdentity(division=division, name=name))
        return made

    def station(self, name: str, division: str) -> Station:
        """An enrolled station that has synced once."""
        made = self.new_home(name, division)
        made.enrol(self.invite(division))
        made.sync()
        self.stations[name] = made
        return made

    def village(self) -> Station:
        """The laptop of the village where 林小梅 works."""
        return self.station("village", VILLAGE)

    def town(self) -> Station:
        """The counter of the town above it."""
        return self.station("town", TOWN)

    def actor(self, name: str) -> Actor:
        """A person at the hub's own counter."""
        with self.database.reading() as session:
            from station.case_states import Place  # noqa: PLC0415

            return registry.actor(session, name, Place.HUB)

    def act(self, case: str, act: str, by: str = "王审批", **more: Any) -> dict[str, Any]:
        """An act at the hub."""
        return self.office.act({"case": case, "act": act, **more}, self.actor(by))

    def operations(self, columns: str = "device, dseq, act, outcome") -> list[tuple[Any, ...]]:
        """What the hub has recorded, in its own order."""
        with self.database.engine.connect() as connection:
            query = f"SELECT {columns} FROM operation ORDER BY seq"
            return [tuple(row) for row in connection.exec_driver_sql(query)]

    def level(self, *stations: Station) -> None:
        """Everybody syncs until nobody has news."""
        for each in (*stations, *stations):
            each.sync()

    def close(self) -> None:
        """Lets go of every file."""
        for each in self.stations.values():
            each.database.close()
        self.database.close()


class Station:
    """One station: its base, its desk, its road."""

    def __init__(self, city: City, home: Path, chance: SeededChance) -> None:
        self.city = city
        self.home = home
        self.chance = chance
        self.database = Database(home / "station.db", BASE_KEY)
        self.desk = Desk(self.database, city.clock, chance)
        self.road = Road(lambda: city.hub)
        self._refs = itertools.count(1)

    def enrol(self, code: str) -> Any:
        """First contact."""
        return enrolling.enrol(self.database, self.road, "https://hub", code, "", self.chance)

    def sync(self) -> dict[str, Any]:
        """One sync, whole."""
        self.road.traffic = Traffic()
        return runner.sync(self.home, self.database, self.road, self.city.clock)

    @property
    def identity(self) -> StationIdentity:
        """Who this station is."""
        with self.database.reading() as reader:
            return settings.identity(reader)

    def clerk(self, name: str = "林小梅") -> Clerk:
        """A person who has signed in."""
        with self.database.reading() as reader:
            found = clerks.find(reader, name)
        assert found is not None, f"{name} is not known here"
        return found

    def take(self, item: str = INSURANCE, by: str = "林小梅", **more: Any) -> Done:
        """A case with all its papers."""
        return self.desk.take({**intake(item), **more}, self.clerk(by))

    def act(self, case: str, act: str, by: str = "林小梅", **more: Any) -> Done:
        """An act at this counter."""
        return self.desk.act({"case": case, "act": act, **more}, self.clerk(by))

    def amend(self, case: str, by: str = "林小梅", **wanted: Any) -> Done:
        """An amendment at this counter."""
        return self.act(case, "amend", by, set=wanted)

    def attach(self, case: str, content: bytes, by: str = "林小梅") -> Done:
        """A scan of the identity card."""
        kept = Materials(self.home, BASE_KEY, self.chance).keep(content)
        return self.desk.attach(case, "m_id_card", kept, "证件.pdf", self.clerk(by))

    def settle(self, conflict: Conflict, take: str, value: Any = None, by: str = "林小梅", **more: Any) -> Done:
        """A person's choice."""
        choice = {"take": take, "value": value, "reason": "已电话核实", **more}
        return settling.settle(self.database, self.desk, self.clerk(by), self.identity.device, conflict.id, **choice)

    def conflicts(self) -> list[Conflict]:
        """What waits here for a person."""
        return settling.waiting(self.database)

    def problems(self) -> list[dict[str, Any]]:
        """What did not take effect."""
        with self.database.reading() as reader:
            return case_lists.problems(reader)

    def pending(self) -> int:
        """What the hub has not answered yet."""
        with self.database.reading() as reader:
            return journal.pending_count(reader)

    def numbers_left(self) -> int:
        """Leased serials."""
        with self.database.reading() as reader:
            return leases.remaining(reader)

    def cases(self) -> dict[str, str]:
        """Status by case id."""
        with self.database.reading() as reader:
            return {row.case: row.status for row in case_lists.cases(reader, case_lists.Wanted())}

    def case(self, case_id: str) -> dict[str, Any]:
        """The case as `station case` shows it."""
        with self.database.reading() as reader:
            work = replica.work(reader, case_id)
            found = [Conflict.read(body) for body in case_lists.conflict_bodies_of(reader, case_id)]
            shown = [each.document(self.identity.device) for each in found]
            return document(work.case, work.item, replica.calendar(reader), conflicts=shown, sync=work.sync)

    def bodies(self) -> dict[str, str]:
        """Every case as bytes: what is compared when two runs should end the same."""
        with self.database.reading() as reader:
            return dict(reader.execute("SELECT case_id, body FROM work").fetchall())

    def verify(self) -> dict[str, Any]:
        """`station verify`."""
        return verification.verify(self.database, self.home, BASE_KEY, self.chance)

    def raw(self, *statements: str) -> None:
        """Somebody with the key and bad intentions."""
        with closing(self.database.connect()) as connection:
            for statement in statements:
                connection.execute(statement)

    def cloned(self, name: str) -> Station:
        """The same disk a second time."""
        self.database.close()
        home = self.city.folder / name
        shutil.copytree(self.home, home)
        made = Station(self.city, home, SeededChance(hash_of(name)))
        self.city.stations[name] = made
        return made


def intake(item: str = INSURANCE, **more: Any) -> dict[str, Any]:
    """A line of `station take` with every material that could be asked for."""
    record = next(each for each in CATALOGUE["items"] if each["demo_impl_code"] == item)
    return {
        "item": item,
        "applicant": {
            "kind": "person",
            "name": "陈秀英",
            "id_kind": "resident_id",
            "id_no": "350200195503120025",
            "phone": "13800000000",
            "address": "莲花镇军营村1号",
        },
        "materials": [{"name": each["name"], "got": "original_seen"} for each in record["materials"]],
        **more,
    }


def hash_of(name: str) -> int:
    """A seed from a name, the same in every run."""
    return int.from_bytes(name.encode(), "big") % 2**32


def common(case: dict[str, Any]) -> dict[str, Any]:
    """What station and hub must say alike: everything but their own view of the conflicts and of the sync."""
    return {key: value for key, value in json.loads(canonical.encode(case)).items() if key not in ("sync", "conflicts")}


def assert_alike(city: City, case: str, *stations: Station) -> None:
    """Hub and stations show the same case."""
    there = common(city.office.case(case))
    for each in stations:
        assert common(each.case(case)) == there
        assert each.verify()["faults"] == []


def disputed(city: City, village: Station, town: Station) -> str:
    """A case whose phone town and village changed; the town was first at the hub."""
    done = village.take()
    city.level(village, town)
    town.amend(done.case, by="黄窗口", phone="13800000011")
    village.amend(done.case, phone="13800000022")
    city.level(town, village)
    return done.case


def end_state(station: Station) -> Any:
    return station.bodies(), station.conflicts(), station.pending(), station.problems()
