"""Services of several steps, people and rooms, with add-ons, seats and limits."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_initial")]
    operations = run_sql_file(__file__, "visits.sql")
