"""What has been over for long."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0011_parties")]
    operations = run_sql_file(__file__, "archive.sql")
