"""A context inside a context: the outer actor is the actor again afterwards."""

from __future__ import annotations

import pytest

from holdfast.platform.db.rows import fetch_value
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import MissingContext, current_context, tenant_context
from tests.cluster import Database


def _actor() -> tuple[str, str]:
    return str(fetch_value("select app_actor()")), current_context().actor


def test_the_outer_actor_comes_back(database: Database) -> None:
    tenant_id = new_id()
    with tenant_context(tenant_id, "account:1"):
        with tenant_context(tenant_id, "system:crypto"):
            assert _actor() == ("system:crypto", "system:crypto")
        assert _actor() == ("account:1", "account:1")
        with pytest.raises(ZeroDivisionError), tenant_context(tenant_id, "system:crypto"):
            raise ZeroDivisionError
        assert _actor() == ("account:1", "account:1")
        with pytest.raises(MissingContext), tenant_context(new_id(), "account:1"):
            pass


def test_nothing_is_left_for_the_next_transaction(database: Database) -> None:
    with tenant_context(new_id(), "account:1"):
        pass
    assert fetch_value("select app_tenant()") is None
