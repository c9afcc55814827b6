"""Jobs are polled for, not announced."""

from django.db import migrations


class Migration(migrations.Migration):
    """NOTIFY takes a lock of the whole server at commit (TRUST §4.4). Jobs are enqueued inside bookings'
    transactions, so the trigger would make every booking wait for every other; the worker polls instead."""

    dependencies = [("platform", "0001_foundation"), ("procrastinate", "0041_post_retry_failed_job")]
    operations = [
        migrations.RunSQL(
            "alter table procrastinate_jobs disable trigger procrastinate_jobs_notify_queue_job_inserted_v1",
            "alter table procrastinate_jobs enable trigger procrastinate_jobs_notify_queue_job_inserted_v1",
        )
    ]
