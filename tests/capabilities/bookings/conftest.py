"""A business with one person, and the moves on its bookings as guests and staff make them."""

from __future__ import annotations

import pytest

from tests.capabilities.business import Business, make_business
from tests.cluster import Database


@pytest.fixture
def business(database: Database) -> Business:
    """One person, open from eight to eight in Berlin."""
    return make_business()
