"""What became of a booking, and time taken beside what is there."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0004_offers")]
    operations = run_sql_file(__file__, "moves.sql", "mark.sql")
