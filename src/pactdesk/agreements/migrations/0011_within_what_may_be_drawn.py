from django.contrib.postgres.operations import ValidateConstraint
from django.db import migrations


class Migration(migrations.Migration):
    """By itself, so that looking at every row locks nobody out."""

    dependencies = [("agreements", "0010_drawn_in_advance")]

    operations = [ValidateConstraint(model_name="agreement", name="agreement_balance_within_overdraft")]
