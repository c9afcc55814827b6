"""Bookings that change places."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0012_archive")]
    operations = run_sql_file(__file__, "swap.sql")
