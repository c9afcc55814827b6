"""Two businesses, and somebody who may do everything in one of them.

Django is set up only after this file is read, so what needs it is imported by the fixtures.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.cluster import Database


@pytest.fixture
def world(database: Database) -> Any:
    from tests.contract.operations import make_world

    return make_world()


@pytest.fixture
def owner(world: Any) -> Any:
    from tests.api_client import staff_client

    return staff_client(world.shop, "owner")
