"""Keys: their form, what they are tied to, and that an answer is kept with the work or not at all."""

from __future__ import annotations

from uuid import UUID

import psycopg
import pytest

from holdfast.platform.errors import Conflict, Invalid, Malformed
from holdfast.platform.idempotency import IdempotencyKey, claim, forget_old_answers, read_key, remember
from holdfast.platform.tenancy import tenant_context
from tests.capabilities.business import make_business
from tests.cluster import Database

BODY = '{"data": "Zoë"}'.encode()


def _key(text: str = "a-key-of-ours", *, route: str = "POST /x", payload: bytes = b"p") -> IdempotencyKey:
    key = read_key(text, route=route, payload=payload, is_required=True)
    assert key
    return key


@pytest.mark.parametrize("raw", ["12345678", "a" * 200, "550e8400-e29b-41d4-a716-446655440000", "A.b_c:d-9"])
def test_acceptable_keys(raw: str) -> None:
    assert _key(raw).key == raw


@pytest.mark.parametrize(
    "raw",
    [
        "short",
        "a" * 201,
        "with space1",
        "tab\tulator",
        "new\nline12",
        "zoë-zoë-zoë",
        "nul\x00nul1",
        "a,b,c,d,e",
    ],
)
def test_keys_that_are_refused(raw: str) -> None:
    with pytest.raises(Malformed) as refused:
        _key(raw)
    assert (refused.value.code, refused.value.field) == ("IDEMPOTENCY_KEY_INVALID", "Idempotency-Key")


def test_a_missing_key_is_refused_only_where_one_is_needed() -> None:
    for raw in (None, ""):
        assert read_key(raw, route="r", payload=b"", is_required=False) is None
        with pytest.raises(Malformed) as refused:
            read_key(raw, route="r", payload=b"", is_required=True)
        assert refused.value.code == "IDEMPOTENCY_KEY_MISSING"


def test_an_answer_is_kept_and_given_again(database: Database) -> None:
    business = make_business()
    with tenant_context(business.tenant_id, "guest"):
        assert claim(_key()) is None
        remember(_key(), 201, BODY)
    with tenant_context(business.tenant_id, "guest"):
        found = claim(_key())
    assert found
    assert (found.status, found.body, found.is_replay) == (201, BODY, True)
    ((stored,),) = database.rows("select body from idempotency_record")
    assert b"Zo" not in stored


def test_an_answer_is_its_own_actors_routes_tenants_and_payloads(database: Database) -> None:
    business, other = make_business(), make_business()
    with tenant_context(business.tenant_id, "guest"):
        claim(_key())
        remember(_key(), 200, BODY)
    for tenant_id, actor, key in (
        (other.tenant_id, "guest", _key()),
        (business.tenant_id, "account:1", _key()),
        (business.tenant_id, "guest", _key(route="POST /y")),
        (business.tenant_id, "guest", _key("another-key")),
    ):
        with tenant_context(tenant_id, actor):
            assert claim(key) is None
    with tenant_context(business.tenant_id, "guest"), pytest.raises(Invalid) as refused:
        claim(_key(payload=b"q"))
    assert refused.value.code == "IDEMPOTENCY_KEY_REUSED"


def test_work_that_fails_keeps_no_answer(database: Database) -> None:
    business = make_business()
    with pytest.raises(ZeroDivisionError), tenant_context(business.tenant_id, "guest"):
        claim(_key())
        remember(_key(), 200, BODY)
        raise ZeroDivisionError
    with tenant_context(business.tenant_id, "guest"):
        assert claim(_key()) is None


def test_a_twin_is_told_to_wait_until_the_transaction_ends(database: Database) -> None:
    business = make_business()
    with database.connect_as_app() as twin:
        with tenant_context(business.tenant_id, "guest"):
            assert claim(_key()) is None
            assert _claim(twin, business.tenant_id) == '{"outcome": "in_progress"}'
        assert _claim(twin, business.tenant_id) is None
        with (
            twin.transaction(),
            tenant_context(business.tenant_id, "guest"),
            pytest.raises(Conflict) as refused,
        ):
            _claim(twin, business.tenant_id)
            claim(_key())
    assert (refused.value.code, refused.value.retry_after) == ("IDEMPOTENCY_IN_PROGRESS", 1)


def _claim(connection: psycopg.Connection, tenant_id: UUID) -> str | None:
    """Claim the key over another connection, in a transaction of its own or the one that is open."""
    key = _key()
    with connection.transaction():
        connection.execute(
            "select set_config('app.tenant', %s, true), set_config('app.actor', 'guest', true)",
            [str(tenant_id)],
        )
        row = connection.execute(
            "select idempotency_claim(%s, %s, %s)::text", [key.route, key.key, key.fingerprint]
        ).fetchone()
    assert row
    return row[0]


def test_old_answers_are_forgotten(database: Database) -> None:
    business = make_business()
    with tenant_context(business.tenant_id, "guest"):
        for text in ("key-number-1", "key-number-2"):
            claim(_key(text))
            remember(_key(text), 200, BODY)
    database.rows(
        "update idempotency_record set created_at = now() - interval '24 hours 1 second'"
        " where key = 'key-number-1' returning 1"
    )
    with tenant_context(business.tenant_id, "guest"):
        assert claim(_key("key-number-1")) is None
        assert forget_old_answers() == 1
        assert claim(_key("key-number-2")) is not None
