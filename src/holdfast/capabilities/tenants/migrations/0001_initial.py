"""The tables of tenants."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("platform", "0001_foundation")]
    operations = run_sql_file(__file__, "schema.sql")
