from django.db import migrations

# What is counted in hours is counted in minutes from now on, also in what the journal says of balances. The guards of
# the ledger are off while that is done, and for nobody else: whoever writes to these tables meanwhile waits for the end
# of this transaction. It is noted in the same one that it was done, so it is done once.
_TURN = """
LOCK TABLE agreements_agreement, agreements_ledgerentry IN SHARE ROW EXCLUSIVE MODE;
ALTER TABLE agreements_ledgerentry DISABLE TRIGGER ledger_append_only;
ALTER TABLE agreements_agreement DISABLE TRIGGER agreement_balance_by_ledger_only;
UPDATE agreements_ledgerentry AS entry
   SET units = entry.units {turn}, balance_after = entry.balance_after {turn}
  FROM agreements_agreement AS agreement JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
 WHERE agreement.id = entry.agreement_id AND programme.unit = 'advisory_hour';
UPDATE agreements_agreement AS agreement
   SET units_left = agreement.units_left {turn}, overdraft = agreement.overdraft {turn}
  FROM catalog_programme AS programme
 WHERE programme.id = agreement.programme_id AND programme.unit = 'advisory_hour';
ALTER TABLE agreements_agreement ENABLE TRIGGER agreement_balance_by_ledger_only;
ALTER TABLE agreements_ledgerentry ENABLE TRIGGER ledger_append_only;
ALTER TABLE journal_fact DISABLE TRIGGER journal_fact_append_only;
UPDATE journal_fact AS fact
   SET payload = payload || jsonb_strip_nulls(jsonb_build_object(
     'units_left', (payload ->> 'units_left')::int {turn}, 'units_granted', (payload ->> 'units_granted')::int {turn},
     'units', (payload ->> 'units')::int {turn}))
  FROM agreements_agreement AS agreement JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
 WHERE fact.subject_type = 'agreement' AND fact.subject_id = agreement.id
   AND fact.code IN ('agreement.balance-low', 'agreement.ending-soon', 'agreement.carried-over')
   AND programme.unit = 'advisory_hour';
ALTER TABLE journal_fact ENABLE TRIGGER journal_fact_append_only;
"""

# What is no whole hour cannot be told in hours.
_ONLY_WHOLE_HOURS = """
DO $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM agreements_agreement AS agreement
      JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
     WHERE programme.unit = 'advisory_hour' AND (
       agreement.units_left % 60 <> 0 OR agreement.overdraft % 60 <> 0
       OR EXISTS (
         SELECT 1 FROM agreements_ledgerentry AS entry
          WHERE entry.agreement_id = agreement.id AND (entry.units % 60 <> 0 OR entry.balance_after % 60 <> 0))
       OR EXISTS (
         SELECT 1 FROM journal_fact AS fact
          WHERE fact.subject_type = 'agreement' AND fact.subject_id = agreement.id
            AND fact.code IN ('agreement.balance-low', 'agreement.ending-soon', 'agreement.carried-over')
            AND ((payload ->> 'units_left')::int % 60 <> 0 OR (payload ->> 'units_granted')::int % 60 <> 0
              OR (payload ->> 'units')::int % 60 <> 0)))
  ) THEN
    RAISE EXCEPTION 'Some agreements have minutes that are no whole hours, so they cannot be counted in hours again.';
  END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0015_issuances"),
        ("catalog", "0006_drawn_in_advance_and_carried_over"),
        ("journal", "0002_facts_never_change"),
    ]

    operations = [migrations.RunSQL(_TURN.format(turn="* 60"), _ONLY_WHOLE_HOURS + _TURN.format(turn="/ 60"))]
