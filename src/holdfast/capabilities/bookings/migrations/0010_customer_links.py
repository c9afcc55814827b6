"""Links by which customers find their own bookings, and until when they move them."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0009_waitlist")]
    operations = run_sql_file(__file__, "customer_links.sql", "customer_moves.sql")
