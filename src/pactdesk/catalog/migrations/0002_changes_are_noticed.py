"""Every process keeps the catalogue in memory. The database itself raises the revision with every change, so that no way
of changing a table (a file, the admin, a statement by hand) can leave them with an old one."""

from __future__ import annotations

from django.db import migrations

TABLES = (
    "servicelevels_severity",
    "servicelevels_calendar",
    "servicelevels_calendarversion",
    "servicelevels_calendaruse",
    "servicelevels_policy",
    "servicelevels_policyversion",
    "servicelevels_target",
    "catalog_channel",
    "catalog_productfamily",
    "catalog_product",
    "catalog_productversion",
    "catalog_problemtype",
    "catalog_category",
    "catalog_category_families",
    "catalog_category_products",
    "catalog_problem",
    "catalog_programme",
    "catalog_programme_channels",
    "catalog_programme_excluded_products",
    "catalog_programmeversionrule",
    "catalog_region",
)

FUNCTION = """
CREATE FUNCTION catalog_note_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO catalog_catalogrevision AS revision (id, number, changed_at)
  VALUES (1, 1, clock_timestamp())
  ON CONFLICT (id) DO UPDATE SET number = revision.number + 1, changed_at = clock_timestamp();
  RETURN NULL;
END
$$
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0001_catalogue"), ("servicelevels", "0002_versions_never_change")]

    operations = [
        migrations.RunSQL(FUNCTION, "DROP FUNCTION catalog_note_change()"),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_change()",
                f"DROP TRIGGER {table}_noted ON {table}",
            )
            for table in TABLES
        ),
    ]
