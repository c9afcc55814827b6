"""The one door to tenant data: a context lasts one transaction, belongs to one tenant, and leaves nothing."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import (
    MissingContext,
    call_in_context,
    current_context,
    request_id,
    request_scope,
    tenant_context,
)
from tests.capabilities.business import make_business
from tests.cluster import Database

_SETTINGS = "select app_tenant(), app_actor(), app_request_id()"


def _settings() -> object:
    with connection.cursor() as cursor:
        cursor.execute(_SETTINGS)
        return cursor.fetchone()


def test_a_context_sets_tenant_actor_and_request_for_one_transaction(database: Database) -> None:
    tenant_id = new_id()
    with request_scope("request-1"), tenant_context(tenant_id, "guest") as context:
        assert _settings() == (tenant_id, "guest", "request-1")
        assert current_context() is context
        assert connection.in_atomic_block
    assert _settings() == (None, "unknown", "")
    assert request_id() == ""
    with pytest.raises(MissingContext):
        current_context()


def test_a_context_that_fails_leaves_no_rows_and_no_settings(database: Database) -> None:
    business = make_business()
    with pytest.raises(ZeroDivisionError), tenant_context(business.tenant_id, "guest"):
        assert execute("update location set name = 'gone' where tenant_id = %s", (business.tenant_id,)) == 1
        raise ZeroDivisionError
    assert _settings() == (None, "unknown", "")
    assert database.rows("select count(*) from location where name = 'gone'") == [(0,)]


def test_without_a_context_there_are_no_rows(database: Database) -> None:
    business = make_business()
    assert fetch_value("select count(*) from location") == 0
    with tenant_context(business.tenant_id, "guest"):
        assert fetch_value("select count(*) from location") == 1
    assert fetch_value("select count(*) from location") == 0


def test_a_transaction_cannot_change_its_tenant(database: Database) -> None:
    one, other = new_id(), new_id()
    with tenant_context(one, "guest"):
        with pytest.raises(MissingContext):
            call_in_context(other, "guest", "booking_confirm", (None,) * 13)
        with pytest.raises(MissingContext), tenant_context(other, "guest"):
            pass
        assert current_context().tenant_id == one


def test_a_call_is_one_statement_and_leaves_no_settings(database: Database) -> None:
    business = make_business()
    params = (None, None, None, new_id(), None, True, None, *(None,) * 6)
    with CaptureQueriesContext(connection) as captured:
        answer = call_in_context(business.tenant_id, "guest", "booking_confirm", params)
    assert answer == {"outcome": "not_found"}
    assert len(captured) == 1
    assert _settings() == (None, "unknown", "")


def test_a_call_inside_a_context_belongs_to_its_transaction(database: Database) -> None:
    business = make_business()
    params = (None, None, None, new_id(), None, True, None, *(None,) * 6)
    with tenant_context(business.tenant_id, "guest"):
        call_in_context(business.tenant_id, "guest", "booking_confirm", params)
        assert fetch_value("select app_tenant()") == business.tenant_id


@pytest.mark.parametrize(
    "actor", ["guest", "account:01890000-0000-7000-8000-000000000001", "'; drop table x; --"]
)
def test_an_actor_is_only_text(database: Database, actor: str) -> None:
    with tenant_context(new_id(), actor):
        assert fetch_value("select app_actor()") == actor
