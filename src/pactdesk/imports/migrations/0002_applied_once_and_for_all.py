from django.db import migrations

# What was imported, and who brought a file, is evidence.
KEEP = """
CREATE TRIGGER import_applied_stays BEFORE UPDATE OR DELETE ON imports_import
  FOR EACH ROW WHEN (OLD.state = 'applied') EXECUTE FUNCTION journal_refuse_change();
CREATE TRIGGER import_brought_by_stays BEFORE UPDATE OF brought_by_id ON imports_import
  FOR EACH ROW WHEN (OLD.brought_by_id IS DISTINCT FROM NEW.brought_by_id) EXECUTE FUNCTION journal_refuse_change();
CREATE TRIGGER import_line_append_only BEFORE UPDATE OR DELETE ON imports_line
  FOR EACH ROW EXECUTE FUNCTION journal_refuse_change();
"""

LET_GO = """
DROP TRIGGER import_line_append_only ON imports_line;
DROP TRIGGER import_brought_by_stays ON imports_import;
DROP TRIGGER import_applied_stays ON imports_import;
"""


class Migration(migrations.Migration):
    dependencies = [("imports", "0001_imports"), ("journal", "0002_facts_never_change")]

    operations = [migrations.RunSQL(KEEP, LET_GO)]
