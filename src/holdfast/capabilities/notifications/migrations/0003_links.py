"""Mails that are about no single booking."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    dependencies = [("notifications", "0002_messages")]
    operations = run_sql_file(__file__, "links.sql")
