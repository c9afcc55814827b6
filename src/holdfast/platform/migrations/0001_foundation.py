"""Context function, policies, keys and idempotency records."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).resolve().parent.parent / "db" / "sql"


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL((SQL / name).read_text(encoding="utf-8"))
        for name in ("foundation.sql", "keys.sql", "idempotency.sql")
    ]
