from django.db import migrations

# What the ledgers of a programme's agreements count can no longer become something else. Whoever issues one at this
# moment holds the programme's row and is waited for, and then seen: its foreign key would hold it at the end only.
GUARD = """
CREATE FUNCTION agreements_hold_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM catalog_programme WHERE id = NEW.programme_id FOR KEY SHARE;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_holds_unit BEFORE INSERT ON agreements_agreement
  FOR EACH ROW EXECUTE FUNCTION agreements_hold_unit();
CREATE FUNCTION agreements_guard_unit() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM FROM catalog_programme WHERE id = OLD.id FOR UPDATE;
  IF EXISTS (SELECT FROM agreements_agreement WHERE programme_id = OLD.id) THEN
    RAISE EXCEPTION 'agreements of programme % count %', OLD.code, OLD.unit
      USING ERRCODE = 'check_violation', CONSTRAINT = 'programme_unit_stays';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER programme_unit_stays BEFORE UPDATE OF unit ON catalog_programme
  FOR EACH ROW WHEN (OLD.unit IS DISTINCT FROM NEW.unit) EXECUTE FUNCTION agreements_guard_unit();
"""

UNGUARD = """
DROP TRIGGER programme_unit_stays ON catalog_programme;
DROP FUNCTION agreements_guard_unit();
DROP TRIGGER agreement_holds_unit ON agreements_agreement;
DROP FUNCTION agreements_hold_unit();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0016_hours_in_minutes")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
