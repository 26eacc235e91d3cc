from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes without locking anybody out, so not in a transaction."""

    atomic = False
    dependencies = [("purchases", "0003_programs")]

    operations = [
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("dispute__in", ["open", "lost"])),
                fields=["-id"],
                name="purchase_disputed",
            ),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("state", "failed")), fields=["-id"], name="purchase_failed"
            ),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("state__in", ["refunding", "refunded"])),
                fields=["-id"],
                name="purchase_refunded",
            ),
        ),
        AddIndexConcurrently(
            model_name="purchase",
            index=models.Index(
                condition=models.Q(("state__in", ["ordered", "paying"])),
                fields=["-id"],
                name="purchase_waiting",
            ),
        ),
    ]
