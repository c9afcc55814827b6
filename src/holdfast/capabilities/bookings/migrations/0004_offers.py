"""What was offered, for the report on fairness."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0003_slots")]
    operations = run_sql_file(__file__, "offers.sql")
