"""Starts published as rows."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0002_visits")]
    operations = run_sql_file(__file__, "slots.sql", "slot_counters.sql", "slot_generate.sql", "seat.sql")
