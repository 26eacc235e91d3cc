from django.contrib.postgres.operations import (
    AddConstraintNotValid,
    AddIndexConcurrently,
    RemoveIndexConcurrently,
    ValidateConstraint,
)
from django.db import migrations, models


class Migration(migrations.Migration):
    """Indexes and constraints without locking anybody out, so not in one transaction."""

    atomic = False
    dependencies = [("cases", "0004_fill_what_is_repeated")]

    operations = [
        migrations.AlterField(model_name="case", name="changed_at", field=models.DateTimeField()),
        migrations.AlterField(model_name="contact", name="changed_at", field=models.DateTimeField()),
        RemoveIndexConcurrently(
            model_name="contact",
            name="contact_list",
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(models.Q(("status", "closed"), _negated=True), ("is_test", False)),
                fields=["team", "due_at", "id"],
                name="case_queue",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(models.Q(("status", "closed"), _negated=True), ("is_test", False)),
                fields=["owner", "due_at", "id"],
                name="case_owned",
            ),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(fields=["team", "-changed_at", "-id"], name="case_team_recent"),
        ),
        AddIndexConcurrently(
            model_name="case",
            index=models.Index(
                condition=models.Q(("status", "resolved")), fields=["resolved_at"], name="case_resolved"
            ),
        ),
        AddIndexConcurrently(
            model_name="contact",
            index=models.Index(fields=["account", "is_open", "-changed_at", "-case"], name="contact_list"),
        ),
        AddConstraintNotValid(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("closed_at__isnull", False),
                        ("outcome__in", ["decrement", "non-decrement"]),
                        ("status", "closed"),
                    ),
                    models.Q(
                        models.Q(("status", "closed"), _negated=True),
                        ("closed_at__isnull", True),
                        ("outcome", ""),
                    ),
                    _connector="OR",
                ),
                name="case_closed_with_an_instant",
            ),
        ),
        AddConstraintNotValid(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(("outcome", "non-decrement"), ("outcome_cause", ""), _connector="XOR"),
                name="case_cause_where_it_does_not_count",
            ),
        ),
        AddConstraintNotValid(
            model_name="case",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("charged_units", 0),
                    models.Q(("outcome", "non-decrement"), _negated=True),
                    _connector="OR",
                ),
                name="case_not_charged_where_it_does_not_count",
            ),
        ),
        ValidateConstraint(model_name="case", name="case_closed_with_an_instant"),
        ValidateConstraint(model_name="case", name="case_cause_where_it_does_not_count"),
        ValidateConstraint(model_name="case", name="case_not_charged_where_it_does_not_count"),
    ]
