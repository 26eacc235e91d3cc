from django.contrib.postgres.operations import AddIndexConcurrently, RemoveIndexConcurrently
from django.db import migrations, models

ACTIVE = models.Q(is_test=False, status__in=("new", "assigned", "in-progress", "waiting"))


class Migration(migrations.Migration):
    """Indexes in the order in which the desk reads its queues, without locking anybody out."""

    atomic = False
    dependencies = [("cases", "0007_one_place_for_one_account")]

    operations = [
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["team", "due_at", "-changed_at", "-id"], condition=ACTIVE, name="case_team_due"
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["team", "due_at", "-changed_at", "-id"],
                condition=ACTIVE & models.Q(owner__isnull=True),
                name="case_unowned_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["owner", "due_at", "-changed_at", "-id"],
                condition=ACTIVE & models.Q(owner__isnull=False),
                name="case_owner_due",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                fields=["team", "status", "-changed_at", "-id"],
                condition=models.Q(is_test=False, status__in=("waiting", "resolved", "closed")),
                name="case_team_at_rest",
            ),
        ),
        RemoveIndexConcurrently(model_name="case", name="case_queue"),
        RemoveIndexConcurrently(model_name="case", name="case_owned"),
    ]
