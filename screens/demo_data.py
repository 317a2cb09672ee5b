"""Who and what the demo city is made of. All of it is invented; codes and people cannot be taken for real ones."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import msgspec

PIN = "246810"
PASSPHRASE = "demo-passphrase"  # noqa: S105  (a throw-away city's, printed on the screen)


class Place(msgspec.Struct, frozen=True):
    """A station of the demo city and who works there."""

    division: str
    name: str
    clerk: str
    role: str = "village_clerk"


class Person(msgspec.Struct, frozen=True):
    """A clerk of the demo city."""

    name: str
    role: str
    division: str
    bodies: tuple[str, ...] = ()


PLACES = (
    Place("350212105206", "军营村便民服务站（演示）", "林小梅"),
    Place("350212105208", "白交祠村便民服务站（演示）", "高阿兰"),
    Place("350212105209", "西坑村便民服务站（演示）", "叶建成"),
    Place("350212105", "莲花镇便民服务中心（演示）", "洪丽娜", "town_clerk"),
)
TOWN_CLERK = "洪丽娜"
APPROVER = "陈志明"
CLERKS = (
    *(Person(place.clerk, place.role, place.division) for place in PLACES),
    Person("周主任", "town_supervisor", "350212105"),
    Person(APPROVER, "approver", "350212", ("all",)),
)


def catalogue() -> dict[str, Any]:
    """The demo catalogue, in the shape that `hub publish` takes."""
    return dict(json.loads(_text("catalog_seed.json")))


def intakes() -> list[dict[str, Any]]:
    """The demo intakes, in the shape that `take` takes."""
    return [json.loads(line) for line in _text("intakes.jsonl").splitlines() if line.strip()]


def refused_items() -> list[tuple[str, str]]:
    """Items that no station may take, with the code of the refusal."""
    items = catalogue()["items"]
    guided = [(each["demo_impl_code"], "item_guide_only") for each in items if each["village_role"] == "guide_only"]
    online = [each for each in items if not each["offline_intake"] and each["village_role"] != "guide_only"]
    return guided + [(each["demo_impl_code"], "item_not_offline") for each in online]


def item_count(lines: list[dict[str, Any]]) -> int:
    """How many different items the intakes are of."""
    return len({line["item"] for line in lines})


def _text(name: str) -> str:
    return (resources.files("station") / "demo" / name).read_text(encoding="utf-8")
