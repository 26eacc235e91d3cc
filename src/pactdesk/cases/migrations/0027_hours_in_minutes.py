from django.db import migrations

# What requests of advice cost is counted in minutes, as the ledger does; and what the journal says of it.
_TURN = """
UPDATE cases_case AS request
   SET charged_units = charged_units {turn},
       reserved_units = CASE WHEN {forward} THEN charged_units {turn} ELSE 0 END
  FROM agreements_agreement AS agreement JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
 WHERE agreement.id = request.agreement_id AND programme.unit = 'advisory_hour';
ALTER TABLE journal_fact DISABLE TRIGGER journal_fact_append_only;
UPDATE journal_fact AS fact
   SET payload = payload || jsonb_strip_nulls(jsonb_build_object(
     'credited', (payload ->> 'credited')::int {turn}, 'deducted', (payload ->> 'deducted')::int {turn}))
  FROM cases_case AS request JOIN agreements_agreement AS agreement ON agreement.id = request.agreement_id
  JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
 WHERE fact.subject_type = 'case' AND fact.subject_id = request.id
   AND fact.code IN ('case.closed', 'case.reopened') AND programme.unit = 'advisory_hour';
ALTER TABLE journal_fact ENABLE TRIGGER journal_fact_append_only;
"""

# What is no whole hour cannot be told in hours.
_ONLY_WHOLE_HOURS = """
DO $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM cases_case AS request
      JOIN agreements_agreement AS agreement ON agreement.id = request.agreement_id
      JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
     WHERE programme.unit = 'advisory_hour' AND (
       request.charged_units % 60 <> 0 OR EXISTS (
         SELECT 1 FROM journal_fact AS fact
          WHERE fact.subject_type = 'case' AND fact.subject_id = request.id
            AND fact.code IN ('case.closed', 'case.reopened')
            AND ((payload ->> 'credited')::int % 60 <> 0 OR (payload ->> 'deducted')::int % 60 <> 0)))
  ) THEN
    RAISE EXCEPTION 'Some requests cost minutes that are no whole hours, so they cannot be counted in hours again.';
  END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0026_advisory_time"), ("agreements", "0016_hours_in_minutes")]

    operations = [
        migrations.RunSQL(
            _TURN.format(turn="* 60", forward="true"),
            _ONLY_WHOLE_HOURS + _TURN.format(turn="/ 60", forward="false"),
        )
    ]
