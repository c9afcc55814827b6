"""Pause points: before each statement that a session sends, and within the SQL functions that it calls.

A session of side 1 or 2 waits at each of them for an advisory lock of its side, which the test holds. Inside
the functions that is planted: `pg_get_functiondef` with `perform pause_here();` before every statement that
reads or writes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from holdfast.platform.db.roles import APP
from tests.cluster import Database

# The first halves of the advisory locks' keys are these and the side.
KEYS = 7000

_PAUSE_HERE = f"""
create sequence pause_1 minvalue 0 start 0;
create sequence pause_2 minvalue 0 start 0;
create function pause_here() returns void language plpgsql security definer set lock_timeout = '60s'
as $$
declare
    v_side integer := nullif(current_setting('pause.side', true), '')::integer;
    v_turn integer;
begin
    if v_side is not null then
        -- Two locks in turns: while the session waits for one, the test holds the other again.
        v_turn := nextval(('pause_' || v_side)::regclass) % 2;
        perform pg_advisory_lock({KEYS} + v_side, v_turn);
        perform pg_advisory_unlock({KEYS} + v_side, v_turn);
    end if;
end
$$;
grant execute on function pause_here() to {APP};
"""
_TAKEN_OUT = "drop function pause_here(); drop sequence pause_1, pause_2"
# What writes; what only computes shows nothing to others between its statements.
_FUNCTIONS = """
select pg_get_functiondef(p.oid) from pg_proc p join pg_language l on l.oid = p.prolang
where p.pronamespace = 'public'::regnamespace and l.lanname = 'plpgsql' and p.provolatile = 'v'
    and p.proname ~ '^(booking|option|slot|schedule|raise_schedule|lock_resources)_'
    and p.proname not in ('booking_record_event', 'booking_customer', 'booking_use_token')
order by p.oid
"""
_STATEMENT = re.compile(r"\s*(perform|select|insert|update|delete|for \w+(, \w+)* in|if not exists)\b")
_ENDS_A_STATEMENT = re.compile(r"(;|\bthen|\bloop|\belse|\bbegin)$")


@contextmanager
def pause_points(database: Database) -> Iterator[None]:
    """Plant them while the body runs."""
    with psycopg.connect(database.owner_url, autocommit=True) as owner:
        real = [str(source) for (source,) in owner.execute(_FUNCTIONS)]
        owner.execute(_PAUSE_HERE.encode())
        for source in real:
            owner.execute(with_pauses(source).encode())
        try:
            yield
        finally:
            owner.execute("set lock_timeout = '10s'")
            for source in real:
                owner.execute(source.encode())
            owner.execute(_TAKEN_OUT)


def with_pauses(source: str) -> str:
    """The function with a pause before each statement that reads or writes."""
    lines: list[str] = []
    before = ""
    is_body = False
    for line in source.split("\n"):
        code = line.split("--")[0].rstrip()
        if is_body and _STATEMENT.match(line) and _ENDS_A_STATEMENT.search(before):
            lines.append("    perform pause_here();")
        is_body = is_body or code.strip() == "begin"
        lines.append(line)
        before = code.strip() or before
    return "\n".join(lines)
