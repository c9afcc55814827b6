"""Contact data at rest: a sealed value opens in its own cell only, and equals are found without opening."""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import UUID

import pytest
from django.test import override_settings

from holdfast.platform.config import load_config
from holdfast.platform.crypto import (
    Unreadable,
    blind_index,
    create_tenant_key,
    derive_token,
    forget_keys,
    seal,
    token_hash,
    unseal,
)
from holdfast.platform.ids import new_id
from holdfast.platform.tenancy import tenant_context
from tests.cluster import Database
from tests.concurrency.threads import new_seed

ROW = UUID(int=1)


@pytest.fixture
def tenant(database: Database) -> Iterator[UUID]:
    yield _tenant()
    forget_keys()


def _tenant() -> UUID:
    tenant_id = new_id()
    with tenant_context(tenant_id, "tests"):
        create_tenant_key(tenant_id)
    return tenant_id


def test_what_was_sealed_opens_again(tenant: UUID) -> None:
    for plaintext in (b"", b"Ann", "Zoë 🙂".encode(), bytes(range(256)) * 300):
        sealed = seal(tenant, "customer", "contact", ROW, plaintext)
        assert unseal(tenant, "customer", "contact", ROW, sealed) == plaintext
        assert unseal(tenant, "customer", "contact", ROW, memoryview(sealed)) == plaintext


def test_equal_values_are_sealed_differently(tenant: UUID) -> None:
    sealed = {seal(tenant, "customer", "contact", ROW, b"Ann") for _ in range(2000)}
    assert len(sealed) == 2000
    assert len({each[1:13] for each in sealed}) == 2000
    assert all(b"Ann" not in each for each in sealed)


def test_a_value_moved_elsewhere_does_not_open(tenant: UUID) -> None:
    """TRUST G22: 1,000 of 1,000 ciphertexts put into another cell are refused."""
    choose = random.Random(new_seed())
    other = _tenant()
    places = [
        (who, table, column, UUID(int=row))
        for who in (tenant, other)
        for table in ("customer", "booking")
        for column in ("contact", "notes")
        for row in range(8)
    ]
    sealed = {place: seal(*place, b"Ann") for place in places}
    refused = 0
    while refused < 1000:
        here, there = choose.sample(places, 2)
        with pytest.raises(Unreadable):
            unseal(*there, sealed[here])
        refused += 1


def test_every_altered_byte_is_noticed(tenant: UUID) -> None:
    sealed = seal(tenant, "customer", "contact", ROW, b"Ann")
    for place in range(len(sealed)):
        altered = bytearray(sealed)
        altered[place] ^= 1
        with pytest.raises(Unreadable):
            unseal(tenant, "customer", "contact", ROW, bytes(altered))
    for length in range(len(sealed)):
        with pytest.raises(Unreadable):
            unseal(tenant, "customer", "contact", ROW, sealed[:length])


def test_a_place_is_not_ambiguous(tenant: UUID) -> None:
    sealed = seal(tenant, "a|b", "c", ROW, b"Ann")
    with pytest.raises(Unreadable):
        unseal(tenant, "a", "b|c", ROW, seal(tenant, "a", "b", ROW, b"Ann"))
    assert unseal(tenant, "a|b", "c", ROW, sealed) == b"Ann"


def test_the_data_key_is_stored_wrapped_and_is_needed(tenant: UUID, database: Database) -> None:
    sealed = seal(tenant, "customer", "contact", ROW, b"Ann")
    ((wrapped,),) = database.rows("select wrapped_key from tenant_key where tenant_id = %s", [tenant])
    assert len(wrapped) == 12 + 32 + 16
    forget_keys()
    assert unseal(tenant, "customer", "contact", ROW, sealed) == b"Ann"
    # Another tenant's key in this tenant's place opens nothing: the wrapping names the tenant.
    other = _tenant()
    database.rows(
        "update tenant_key set wrapped_key = (select wrapped_key from tenant_key where tenant_id = %s)"
        " where tenant_id = %s returning 1",
        [other, tenant],
    )
    forget_keys()
    with pytest.raises(Unreadable):
        unseal(tenant, "customer", "contact", ROW, sealed)
    # Erasing the key erases what it sealed.
    database.rows("delete from tenant_key where tenant_id = %s returning 1", [tenant])
    forget_keys()
    with pytest.raises(Unreadable, match="no data key"):
        unseal(tenant, "customer", "contact", ROW, sealed)


def test_another_master_key_opens_nothing(tenant: UUID) -> None:
    sealed = seal(tenant, "customer", "contact", ROW, b"Ann")
    forget_keys()
    with (
        override_settings(HOLDFAST=load_config({"HOLDFAST_DATA": "/nonexistent"})),
        pytest.raises(Unreadable),
    ):
        unseal(tenant, "customer", "contact", ROW, sealed)
    forget_keys()
    assert unseal(tenant, "customer", "contact", ROW, sealed) == b"Ann"


def test_an_index_finds_equals_within_one_tenant_only(tenant: UUID) -> None:
    other = _tenant()
    assert blind_index(tenant, "email", "ann@example.com") == blind_index(tenant, "email", "ann@example.com")
    indexes = {
        blind_index(tenant, "email", "ann@example.com"),
        blind_index(tenant, "phone", "ann@example.com"),
        blind_index(tenant, "email", "bob@example.com"),
        blind_index(other, "email", "ann@example.com"),
    }
    assert len(indexes) == 4
    assert {len(each) for each in indexes} == {32}


def test_a_token_is_the_same_again_and_nobody_elses(tenant: UUID) -> None:
    other = _tenant()
    token = derive_token(tenant, "manage", str(ROW))
    forget_keys()
    assert derive_token(tenant, "manage", str(ROW)) == token
    others = {
        derive_token(tenant, "manage", str(UUID(int=2))),
        derive_token(tenant, "view", str(ROW)),
        derive_token(other, "manage", str(ROW)),
    }
    assert len(others | {token}) == 4
    assert len(token) == 43  # 256 bits
    assert len(token_hash(token)) == 32
    assert token_hash(token) != token_hash(token[:-1])
