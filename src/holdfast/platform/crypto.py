"""Contact data at rest: AES-256-GCM bound to its place, and keyed blind indexes to find it again.

Each tenant has a random data key, wrapped by the master key (`HOLDFAST_MASTER_KEY`), which is never in
the database. Three keys are derived from it (HKDF): one seals, one indexes, one makes tokens. The
associated data names tenant, table, column and row, so a ciphertext moved elsewhere does not open.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from dataclasses import dataclass
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

from holdfast.platform.db.rows import execute, fetch_value
from holdfast.platform.tenancy import tenant_context

_FORMAT = b"\x01"
_NONCE_BYTES = 12


class Unreadable(Exception):
    """A sealed value does not open here: it was moved, altered, or its key is gone."""


@dataclass(frozen=True, slots=True)
class TenantKeys:
    """The three working keys of one tenant, in memory only."""

    sealing: AESGCM
    indexing: bytes
    token: bytes


_cache: dict[UUID, TenantKeys] = {}


def create_tenant_key(tenant_id: UUID) -> None:
    """Make and store the data key of a new tenant; inside its `tenant_context`."""
    execute(
        "insert into tenant_key (tenant_id, wrapped_key) values (%s, %s) on conflict do nothing",
        (tenant_id, _wrap(tenant_id, os.urandom(32))),
    )


def forget_keys() -> None:
    """Drop every key from memory; after a rotation or an erasure, and between tests."""
    _cache.clear()


def seal(tenant_id: UUID, table: str, column: str, row_id: UUID, plaintext: bytes) -> bytes:
    """Return format byte, nonce and ciphertext of `plaintext`, bound to exactly this cell."""
    nonce = os.urandom(_NONCE_BYTES)
    place = _place(tenant_id, table, column, row_id)
    return _FORMAT + nonce + _keys(tenant_id).sealing.encrypt(nonce, plaintext, place)


def unseal(tenant_id: UUID, table: str, column: str, row_id: UUID, sealed: bytes) -> bytes:
    """Return the plaintext of `seal`; raises `Unreadable` for any other cell or altered bytes."""
    sealed = bytes(sealed)
    if sealed[:1] != _FORMAT:
        raise Unreadable("unknown format of a sealed value")
    nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
    try:
        return _keys(tenant_id).sealing.decrypt(nonce, ciphertext, _place(tenant_id, table, column, row_id))
    except (InvalidTag, ValueError):  # ValueError: cut off before the end of the nonce.
        raise Unreadable("a sealed value does not belong here or was altered") from None


def blind_index(tenant_id: UUID, kind: str, normalised: str) -> bytes:
    """Return the keyed hash by which an equal value is found again; `kind` is "email" or "phone"."""
    message = f"{kind}|{normalised}".encode()
    return hmac.new(_keys(tenant_id).indexing, message, hashlib.sha256).digest()


def derive_token(tenant_id: UUID, *parts: str) -> str:
    """Return a 256-bit URL-safe token that only holders of the master key can make.

    Derived, not drawn, so that a replayed request can be answered with the same link although
    only the token's hash is stored.
    """
    message = "|".join(("token", *parts)).encode()
    digest = hmac.new(_keys(tenant_id).token, message, hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


def token_hash(token: str) -> bytes:
    """Return what is stored of a token: enough to recognise it, not to make it."""
    return hashlib.sha256(token.encode()).digest()


def _keys(tenant_id: UUID) -> TenantKeys:
    keys = _cache.get(tenant_id)
    if keys is None:
        with tenant_context(tenant_id, "system:crypto"):
            wrapped = fetch_value(
                "select wrapped_key from tenant_key where tenant_id = %s order by key_id desc limit 1",
                (tenant_id,),
            )
        if wrapped is None:
            raise Unreadable("the tenant has no data key")
        data_key = _unwrap(tenant_id, bytes(wrapped))
        keys = TenantKeys(
            AESGCM(_derive(data_key, b"seal")), _derive(data_key, b"index"), _derive(data_key, b"token")
        )
        _cache[tenant_id] = keys
    return keys


def _derive(data_key: bytes, purpose: bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"holdfast|" + purpose).derive(data_key)


def _place(tenant_id: UUID, table: str, column: str, row_id: UUID) -> bytes:
    return f"{tenant_id}|{table}|{column}|{row_id}|1".encode()


def _wrap(tenant_id: UUID, data_key: bytes) -> bytes:
    nonce = os.urandom(_NONCE_BYTES)
    return nonce + AESGCM(settings.HOLDFAST.master_key).encrypt(nonce, data_key, f"wrap|{tenant_id}".encode())


def _unwrap(tenant_id: UUID, wrapped: bytes) -> bytes:
    try:
        return AESGCM(settings.HOLDFAST.master_key).decrypt(
            wrapped[:_NONCE_BYTES], wrapped[_NONCE_BYTES:], f"wrap|{tenant_id}".encode()
        )
    except (InvalidTag, ValueError):
        raise Unreadable("the master key does not open this tenant's data key") from None
