"""The tables of catalog."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("people", "0002_people")]
    operations = run_sql_file(__file__, "schema.sql")
