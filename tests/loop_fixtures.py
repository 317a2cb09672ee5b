"""Fixtures of the small city: made once for a run, copied for each test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from loop_city import City, Station


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub with a village and a town that have synced once; made once, then copied."""
    folder = tmp_path_factory.mktemp("template")
    city = City(folder)
    city.village()
    city.town()
    city.close()
    return folder


@pytest.fixture
def city(template: Path, tmp_path: Path) -> Iterator[City]:
    made = City.copied(template, tmp_path)
    yield made
    made.close()


@pytest.fixture
def village(city: City) -> Station:
    return city.stations["village"]


@pytest.fixture
def town(city: City) -> Station:
    return city.stations["town"]
