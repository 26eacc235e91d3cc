from django.db import migrations

# What imports came to is shown as the ledger counts it: hours in minutes. What waits to be confirmed is judged again by
# then. The guard of what was applied is off for this transaction alone.
_TURN = """
LOCK TABLE imports_import IN SHARE ROW EXCLUSIVE MODE;
ALTER TABLE imports_import DISABLE TRIGGER import_applied_stays;
UPDATE imports_import AS imported
   SET by_programme = imported.by_programme || turned.sums
  FROM (
    SELECT other.id, jsonb_object_agg(sums.key, jsonb_build_array(
      sums.value -> 0, (sums.value ->> 1)::bigint {turn}, (sums.value ->> 2)::bigint {turn})) AS sums
      FROM imports_import AS other, jsonb_each(other.by_programme) AS sums
      JOIN catalog_programme AS programme ON programme.code = sums.key
     WHERE programme.unit = 'advisory_hour'
     GROUP BY other.id
  ) AS turned
 WHERE turned.id = imported.id;
ALTER TABLE imports_import ENABLE TRIGGER import_applied_stays;
"""

# What is no whole hour cannot be told in hours.
_ONLY_WHOLE_HOURS = """
DO $$
BEGIN
  IF EXISTS (
    SELECT 1 FROM imports_import AS imported, jsonb_each(imported.by_programme) AS sums
      JOIN catalog_programme AS programme ON programme.code = sums.key
     WHERE programme.unit = 'advisory_hour'
       AND ((sums.value ->> 1)::bigint % 60 <> 0 OR (sums.value ->> 2)::bigint % 60 <> 0)
  ) THEN
    RAISE EXCEPTION 'Some imports came to minutes that are no whole hours, so they cannot be told in hours again.';
  END IF;
END
$$;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("imports", "0002_applied_once_and_for_all"),
        ("agreements", "0016_hours_in_minutes"),
    ]

    operations = [migrations.RunSQL(_TURN.format(turn="* 60"), _ONLY_WHOLE_HOURS + _TURN.format(turn="/ 60"))]
