from django.db import migrations

REFUSE = """
CREATE FUNCTION journal_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'rows of % are written once: % is refused', TG_TABLE_NAME, TG_OP
    USING ERRCODE = 'restrict_violation', CONSTRAINT = TG_TABLE_NAME || '_append_only';
END $$;
CREATE TRIGGER journal_fact_append_only BEFORE UPDATE OR DELETE ON journal_fact
  FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
"""

ALLOW = """
DROP TRIGGER journal_fact_append_only ON journal_fact;
DROP FUNCTION journal_refuse_change();
"""


class Migration(migrations.Migration):
    dependencies = [("journal", "0001_facts")]

    operations = [migrations.RunSQL(REFUSE, ALLOW)]
