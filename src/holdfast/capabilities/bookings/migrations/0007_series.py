"""Bookings that come round again."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0006_options")]
    operations = run_sql_file(__file__, "series.sql", "series_make.sql", "series_change.sql")
