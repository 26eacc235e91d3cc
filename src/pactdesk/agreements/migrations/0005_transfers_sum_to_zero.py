from django.db import migrations

# Both halves of a transfer are there when the transaction ends, or neither is. What was set aside ends and is suspended
# with that from which it came, also through several hands.
GUARD = """
CREATE FUNCTION agreements_guard_transfer() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  sibling text := CASE
    WHEN right(NEW.idempotency_key, 4) = ':out' THEN left(NEW.idempotency_key, -4) || ':in'
    ELSE left(NEW.idempotency_key, -3) || ':out'
  END;
BEGIN
  IF NOT EXISTS (
    SELECT FROM agreements_ledgerentry other
    WHERE other.idempotency_key = sibling AND other.kind = 'transfer' AND other.units = -NEW.units
      AND other.agreement_id = NEW.counterpart_id AND other.counterpart_id = NEW.agreement_id
  ) THEN
    RAISE EXCEPTION 'the other half of transfer % is missing', NEW.idempotency_key
      USING ERRCODE = 'check_violation', CONSTRAINT = 'ledger_transfer_sums_to_zero';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER ledger_transfer_sums_to_zero AFTER INSERT ON agreements_ledgerentry
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW WHEN (NEW.kind = 'transfer')
  EXECUTE FUNCTION agreements_guard_transfer();

CREATE FUNCTION agreements_follow_parent() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE agreements_agreement SET suspended_at = NEW.suspended_at, ends_at = NEW.ends_at
  WHERE parent_id = NEW.id;
  RETURN NULL;
END $$;
CREATE TRIGGER agreement_set_aside_follows AFTER UPDATE OF suspended_at, ends_at ON agreements_agreement
  FOR EACH ROW
  WHEN ((OLD.suspended_at, OLD.ends_at) IS DISTINCT FROM (NEW.suspended_at, NEW.ends_at))
  EXECUTE FUNCTION agreements_follow_parent();
"""

UNGUARD = """
DROP TRIGGER agreement_set_aside_follows ON agreements_agreement;
DROP FUNCTION agreements_follow_parent();
DROP TRIGGER ledger_transfer_sums_to_zero ON agreements_ledgerentry;
DROP FUNCTION agreements_guard_transfer();
"""


class Migration(migrations.Migration):
    dependencies = [("agreements", "0004_held_without_a_pair")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
