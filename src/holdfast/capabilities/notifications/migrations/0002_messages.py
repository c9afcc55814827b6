"""More kinds of messages, reminders, texts of a business's own, calendar feeds."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0001_initial")]
    operations = run_sql_file(__file__, "messages.sql", "due.sql")
