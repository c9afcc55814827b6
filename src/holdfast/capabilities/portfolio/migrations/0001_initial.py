"""Albums, pictures and the words of the public pages."""

from django.db import migrations

from holdfast.platform.db.schema import run_sql_file


class Migration(migrations.Migration):
    initial = True
    dependencies = [("tenants", "0001_initial")]
    operations = run_sql_file(__file__, "schema.sql")
