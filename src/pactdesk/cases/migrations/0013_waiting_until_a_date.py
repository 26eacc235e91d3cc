from django.contrib.postgres.operations import AddConstraintNotValid, AddIndexConcurrently, ValidateConstraint
from django.db import migrations, models


class Migration(migrations.Migration):
    """Index and constraint without locking anybody out, so not in one transaction."""

    atomic = False
    dependencies = [("cases", "0012_what_happened_to_clocks_before")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("waiting_until__isnull", False)),
                fields=["waiting_until"],
                name="case_waiting_until",
            ),
        ),
        AddConstraintNotValid(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("waiting_until__isnull", True), ("status", "waiting"), _connector="OR"),
                name="case_waits_until_while_waiting",
            ),
        ),
        ValidateConstraint(model_name="case", name="case_waits_until_while_waiting"),
    ]
