"""Promises were made by versions of calendars and policies: the database refuses to change or remove one."""

from __future__ import annotations

from django.db import migrations

TABLES = ("servicelevels_calendarversion", "servicelevels_policyversion", "servicelevels_target")

FUNCTION = """
CREATE FUNCTION servicelevels_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION 'versions of calendars and policies never change (%)', TG_TABLE_NAME
    USING ERRCODE = 'integrity_constraint_violation', CONSTRAINT = TG_TABLE_NAME || '_never_changes';
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("servicelevels", "0001_servicelevels")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION servicelevels_refuse_change()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_never_changes BEFORE UPDATE OR DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION servicelevels_refuse_change()",
                f"DROP TRIGGER {table}_never_changes ON {table}",
            )
            for table in TABLES
        ),
    ]
