"""Rules that can be changed and blackouts that come round again."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("schedules", "0001_initial"), ("catalog", "0002_visits")]
    operations = run_sql_file(__file__, "rules.sql")
