from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An index without locking anybody out, so not in a transaction."""

    atomic = False
    dependencies = [("cases", "0023_what_channels_ask")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("customer__isnull", False)),
                fields=["customer", "-opened_at", "-id"],
                name="case_opened_for",
            ),
        ),
    ]
