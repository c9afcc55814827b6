"""Bookings of several services and resources."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0001_initial"), ("schedules", "0002_rules")]
    operations = run_sql_file(
        __file__, "visits.sql", "limits.sql", "visit_open.sql", "visit_take.sql", "reschedule.sql"
    )
