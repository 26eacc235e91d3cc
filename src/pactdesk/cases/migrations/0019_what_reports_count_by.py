from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes without locking anybody out, so not in one transaction."""

    atomic = False
    dependencies = [("cases", "0018_whom_time_alone_reaches")]

    operations = [
        AddIndexConcurrently(
            model_name="timer",
            index=models.Index(
                condition=models.Q(("met_at__isnull", False)), fields=["metric", "met_at"], name="timer_met"
            ),
        ),
        AddIndexConcurrently(
            model_name="timer",
            index=models.Index(
                condition=models.Q(("breached_at__isnull", False)),
                fields=["breached_at"],
                name="timer_breached",
            ),
        ),
    ]
