"""Taking moves back."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0007_series")]
    operations = run_sql_file(__file__, "undo.sql")
