"""Parties with several people at work; seats that move to other sessions."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0010_customer_links")]
    operations = run_sql_file(__file__, "parties.sql", "seat_moves.sql")
