"""Addresses of databases (`postgresql://user:password@/name?host=…`): taken apart, put together."""

from __future__ import annotations

from urllib.parse import quote, urlencode

from psycopg.conninfo import conninfo_to_dict


def with_parts(address: str, **parts: str) -> str:
    """The same address with some parts replaced; an empty part is left out.

    Parts have the names of libpq: user, password, host, port, dbname, options, sslmode …
    The answer is a URL, also where `address` was given as `key=value` pairs.
    """
    known = {name: str(value) for name, value in conninfo_to_dict(address).items() if value is not None}
    known.update(parts)
    known = {name: value for name, value in known.items() if value != ""}
    user, password, name = (known.pop(key, "") for key in ("user", "password", "dbname"))
    login = quote(user, safe="") + (f":{quote(password, safe='')}" if password else "")
    # Host and port stay in the query: sockets, several hosts and IPv6 then need no rules of their own.
    return f"postgresql://{login + '@' if login else ''}/{quote(name, safe='')}" + (
        f"?{urlencode(known, quote_via=quote)}" if known else ""
    )


def without_password(address: str) -> str:
    """The address as it may be shown to a person."""
    return with_parts(address, password="")
