"""The tables of people."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("people", "0001_account"), ("tenants", "0001_initial")]
    operations = run_sql_file(__file__, "schema.sql")
