"""Rules and teams are kept in memory with the catalogue: its revision grows with every change of theirs, too."""

from __future__ import annotations

from django.db import migrations

TABLES = ("routing_rule", "accounts_team")


class Migration(migrations.Migration):
    dependencies = [("routing", "0001_routing"), ("catalog", "0002_changes_are_noticed")]

    operations = [
        migrations.RunSQL(
            f"CREATE TRIGGER {table}_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_change()",
            f"DROP TRIGGER {table}_noted ON {table}",
        )
        for table in TABLES
    ]
