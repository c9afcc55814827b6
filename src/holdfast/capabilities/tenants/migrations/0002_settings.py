"""Versions and history of what a business sets."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("tenants", "0001_initial")]
    operations = run_sql_file(__file__, "settings.sql")
