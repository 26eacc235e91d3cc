from django.contrib.postgres.operations import AddConstraintNotValid
from django.db import migrations, models

# Requests may draw the balance below zero, as far as the agreement says; nothing else may. What raises it always can.
_POST = """
CREATE OR REPLACE FUNCTION agreements_post_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE agreements_agreement
     SET units_left = units_left + NEW.units, entry_count = entry_count + 1
   WHERE id = NEW.agreement_id {floor}
  RETURNING units_left, entry_count INTO NEW.balance_after, NEW.position;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'agreement % has fewer than % units left', NEW.agreement_id, -NEW.units
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_not_negative';
  END IF;
  RETURN NEW;
END $$;
"""
_WITHIN = """AND (NEW.units > 0
          OR units_left + NEW.units >= CASE WHEN NEW.kind = 'deduct' THEN -overdraft ELSE 0 END)"""


class Migration(migrations.Migration):
    """The constraint is put on without looking at what is there, which was never below zero: nobody waits for that."""

    dependencies = [("agreements", "0009_bought_by_an_account")]

    operations = [
        migrations.AddField(
            model_name="agreement",
            name="overdraft",
            field=models.PositiveIntegerField(db_default=0, default=0, editable=False),
        ),
        AddConstraintNotValid(
            model_name="agreement",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "units_left__gte",
                        models.expressions.CombinedExpression(models.Value(0), "-", models.F("overdraft")),
                    )
                ),
                name="agreement_balance_within_overdraft",
            ),
        ),
        migrations.RemoveConstraint(model_name="agreement", name="agreement_balance_not_negative"),
        migrations.RemoveConstraint(model_name="ledgerentry", name="ledger_balance_not_negative"),
        migrations.RunSQL(_POST.format(floor=_WITHIN), _POST.format(floor="AND units_left + NEW.units >= 0")),
    ]
