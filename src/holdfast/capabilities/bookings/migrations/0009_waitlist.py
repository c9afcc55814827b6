"""Who waits for a time to come free."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0008_undo")]
    operations = run_sql_file(__file__, "waitlist.sql")
