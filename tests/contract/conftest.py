"""Two businesses, and somebody who may do everything in one of them.

Django is set up only after this file is read, so what needs it is imported by the fixtures.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from tests.cluster import Cluster, Database
from tests.kept import KeptRows

# Holds among the requests live ten minutes.
_FRESH_SECONDS = 120.0


class _Worlds:
    """Worlds that begin alike: made once in two minutes, and put back for each test."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._made_at = -_FRESH_SECONDS
        self._rows: KeptRows
        self._world: Any
        self._requests: Any
        self._owner: Any

    def begin(self) -> Any:
        """A world in the database, which must be empty."""
        from holdfast.capabilities.schedules.queries import forget_schedules, remembered_schedule

        if time.monotonic() - self._made_at < _FRESH_SECONDS:
            self._rows.put_back()
            # The last test may have changed them; remembered, as they are after the world was made.
            forget_schedules()
            for business in (self._world.shop, self._world.foreign):
                remembered_schedule(business.tenant_id)
        else:
            self._make()
        return replace(self._world, prepared=[copy.deepcopy(self._requests)])

    def owner(self, world: Any) -> Any:
        """A browser of its own, signed in as the owner of the shop."""
        from tests.api_client import ApiClient

        client = ApiClient(world.shop.slug)
        client.http.cookies = copy.deepcopy(self._owner.http.cookies)
        client.http.defaults.update(self._owner.http.defaults)
        return client

    def _make(self) -> None:
        from tests.api_client import staff_client
        from tests.contract.operations import make_world, requests

        self._world = make_world()
        self._owner = staff_client(self._world.shop, "owner")
        self._requests = requests(self._world)
        self._rows = KeptRows(self._cluster)
        self._made_at = time.monotonic()


@pytest.fixture(scope="session")
def worlds(cluster: Cluster) -> Iterator[_Worlds]:
    yield _Worlds(cluster)


@pytest.fixture
def world(database: Database, worlds: _Worlds) -> Any:
    return worlds.begin()


@pytest.fixture
def owner(world: Any, worlds: _Worlds) -> Any:
    return worlds.owner(world)
