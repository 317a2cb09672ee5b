"""Fixtures for what runs beside the screens: a village under a passphrase, and its hub, or one that is silent."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from loop_city import City, Station
from served_city import lock, point_at, served

from tests.lying_servers import lying_server, silent


@pytest.fixture
def hub(city: City, village: Station) -> Iterator[str]:
    """The village under a passphrase, its hub on a real socket."""
    lock(village.home)
    with served(city) as url:
        point_at(village, url)
        yield url


@pytest.fixture
def silence(village: Station) -> Iterator[None]:
    """The village, and a hub that accepts and says nothing."""
    lock(village.home)
    with lying_server(silent) as url:
        point_at(village, url)
        yield
