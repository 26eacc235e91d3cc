from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """An index without locking anybody out, so not in one transaction."""

    atomic = False
    dependencies = [("agreements", "0007_warnings")]

    operations = [
        AddIndexConcurrently(
            model_name="agreement", index=models.Index(fields=["ends_at"], name="agreement_ends")
        )
    ]
