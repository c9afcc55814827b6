"""Another service for the same booking."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0013_swap")]
    operations = run_sql_file(__file__, "change_service.sql")
