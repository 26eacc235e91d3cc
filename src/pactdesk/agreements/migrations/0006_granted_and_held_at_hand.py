from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes without locking anybody out, so not in one transaction."""

    atomic = False
    dependencies = [("agreements", "0005_transfers_sum_to_zero")]

    operations = [
        AddIndexConcurrently(
            model_name="agreement",
            index=models.Index(
                condition=models.Q(("pair_digest__isnull", True)),
                fields=["organization"],
                name="agreement_held",
            ),
        ),
        AddIndexConcurrently(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("kind__in", ["grant", "transfer"])),
                fields=["agreement"],
                include=("units",),
                name="ledger_granted",
            ),
        ),
        RemoveIndexConcurrently(model_name="ledgerentry", name="ledger_grants"),
    ]
