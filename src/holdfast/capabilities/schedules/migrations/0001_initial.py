"""The tables of schedules."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = run_sql_file(__file__, "schema.sql", "version.sql")
