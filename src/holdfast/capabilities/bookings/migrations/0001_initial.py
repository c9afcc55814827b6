"""The tables of bookings and the moves on them."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("schedules", "0001_initial")]
    operations = run_sql_file(
        __file__, "schema.sql", "common.sql", "hold.sql", "confirm.sql", "cancel.sql", "expire.sql"
    )
