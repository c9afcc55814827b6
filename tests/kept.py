"""Rows put aside and put back: what takes long to make is made once for many tests."""

from __future__ import annotations

from tests.cluster import Cluster

_COLUMNS = """
select table_name, string_agg(quote_ident(column_name), ', ' order by ordinal_position)
from information_schema.columns
where table_schema = 'public' and is_generated = 'NEVER' and table_name = any (%s)
group by 1 order by 1
"""


class KeptRows:
    """Everything that tests have written until now."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster
        self._put_back = ["set session_replication_role = replica", "begin"]
        with cluster.connect() as admin:
            admin.execute("drop schema if exists kept_rows cascade; create schema kept_rows")
            for name, columns in admin.execute(_COLUMNS, [cluster.emptied]).fetchall():
                if admin.execute(f"select exists(select from {name})".encode()).fetchone() == (True,):
                    admin.execute(f"create table kept_rows.{name} as table public.{name}".encode())
                    self._put_back.append(
                        f"insert into {name} ({columns}) overriding system value"
                        f" select {columns} from kept_rows.{name}"
                    )
        self._put_back.append("commit")

    def put_back(self) -> None:
        """Fill the database, which must be empty, with them again."""
        with self._cluster.connect() as admin:
            admin.execute("; ".join(self._put_back).encode())
