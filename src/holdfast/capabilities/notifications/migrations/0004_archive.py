"""What was mailed about bookings that have been put away."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0003_links")]
    operations = run_sql_file(__file__, "archive.sql")
