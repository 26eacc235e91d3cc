from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.models.functions import Collate, Upper


class Migration(migrations.Migration):
    """Indexes without locking anybody out, so not in a transaction."""

    atomic = False
    dependencies = [("accounts", "0011_lists")]

    operations = [
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(Collate(Upper("first_name"), "C"), name="account_first_name_begins"),
        ),
        AddIndexConcurrently(
            model_name="account",
            index=models.Index(Collate(Upper("last_name"), "C"), name="account_last_name_begins"),
        ),
    ]
