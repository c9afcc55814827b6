"""Schema files: migrations run SQL that lies beside the capability, one file per thought."""

from __future__ import annotations

from pathlib import Path

from django.db import migrations


def run_sql_file(migration_file: str, *names: str) -> list[migrations.RunSQL]:
    """Return operations that run `../sql/<name>` of the migration's capability, in order.

    Going back is not offered: a schema is only ever extended, and old data is restored from backups.
    """
    folder = Path(migration_file).resolve().parent.parent / "sql"
    return [migrations.RunSQL((folder / name).read_text(encoding="utf-8")) for name in names]
