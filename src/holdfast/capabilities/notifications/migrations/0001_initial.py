"""The log of messages."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial"), ("platform", "0002_quiet_jobs")]
    operations = run_sql_file(__file__, "schema.sql")
