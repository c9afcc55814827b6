"""Options and pencils of studios."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("bookings", "0005_moves")]
    operations = run_sql_file(__file__, "option_tables.sql", "options.sql", "option_moves.sql")
