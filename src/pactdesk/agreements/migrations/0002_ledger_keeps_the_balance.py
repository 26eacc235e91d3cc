from django.db import migrations

# Posting an entry moves the balance in one conditional statement; nothing else can.
POST = """
CREATE FUNCTION agreements_post_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE agreements_agreement
     SET units_left = units_left + NEW.units, entry_count = entry_count + 1
   WHERE id = NEW.agreement_id AND units_left + NEW.units >= 0
  RETURNING units_left, entry_count INTO NEW.balance_after, NEW.position;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'agreement % has fewer than % units left', NEW.agreement_id, -NEW.units
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_balance_not_negative';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER ledger_post BEFORE INSERT ON agreements_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION agreements_post_entry();
CREATE TRIGGER ledger_append_only BEFORE UPDATE OR DELETE ON agreements_ledgerentry
  FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();

CREATE FUNCTION agreements_guard_balance() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'the balance of agreement % moves by ledger entries only', OLD.id
    USING ERRCODE = 'check_violation', CONSTRAINT = 'agreement_balance_by_ledger_only';
END $$;
CREATE TRIGGER agreement_balance_by_ledger_only BEFORE UPDATE OF units_left, entry_count ON agreements_agreement
  FOR EACH ROW
  WHEN (pg_trigger_depth() = 0
        AND (OLD.units_left, OLD.entry_count) IS DISTINCT FROM (NEW.units_left, NEW.entry_count))
  EXECUTE FUNCTION agreements_guard_balance();

CREATE FUNCTION agreements_start_empty() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.units_left := 0;
  NEW.entry_count := 0;
  RETURN NEW;
END $$;
CREATE TRIGGER agreement_starts_empty BEFORE INSERT ON agreements_agreement
  FOR EACH ROW EXECUTE FUNCTION agreements_start_empty();
"""

UNPOST = """
DROP TRIGGER agreement_starts_empty ON agreements_agreement;
DROP FUNCTION agreements_start_empty();
DROP TRIGGER agreement_balance_by_ledger_only ON agreements_agreement;
DROP FUNCTION agreements_guard_balance();
DROP TRIGGER ledger_append_only ON agreements_ledgerentry;
DROP TRIGGER ledger_post ON agreements_ledgerentry;
DROP FUNCTION agreements_post_entry();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0001_agreements"), ("journal", "0002_facts_never_change")]

    operations = [migrations.RunSQL(POST, UNPOST)]
