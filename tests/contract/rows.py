"""Whether anything was written: a fingerprint of every row of every tenant."""

from __future__ import annotations

from tests.cluster import Database

_TABLES = """
select string_agg(format(
    'select %L, count(*), coalesce(md5(string_agg(t::text, chr(10) order by t::text)), '''') from %I t',
    tablename, tablename), ' union all ' order by tablename)
from pg_tables where schemaname = 'public' and tablename not like 'procrastinate%%'
    and tablename not in ('django_migrations', 'django_content_type', 'django_session', 'auth_permission')
"""


def fingerprint(database: Database) -> dict[str, tuple[int, str]]:
    """Rows and their hash by table, as a superuser sees them."""
    ((query,),) = database.rows(_TABLES)
    return {name: (count, digest) for name, count, digest in database.rows(query)}
