import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Somebody with two addresses could hold two places in one request. The primary contact's, or else the older one, stays;
# the other is kept as a place that nobody has taken.
FREE_THE_SECOND = """
UPDATE cases_contact SET account_id = NULL
FROM (
  SELECT id, row_number() OVER (PARTITION BY case_id, account_id ORDER BY role = 'primary' DESC, id) AS place
  FROM cases_contact WHERE account_id IS NOT NULL
) ranked
WHERE ranked.id = cases_contact.id AND ranked.place > 1
"""
BUILD = "CREATE UNIQUE INDEX CONCURRENTLY contact_one_of_an_account ON cases_contact (case_id, account_id)"
ADOPT = (
    "ALTER TABLE cases_contact "
    "ADD CONSTRAINT contact_one_of_an_account UNIQUE USING INDEX contact_one_of_an_account"
)


class Migration(migrations.Migration):
    """Without locking anybody out, so not in one transaction. Two indexes go that longer ones begin with anyway."""

    atomic = False
    dependencies = [
        ("cases", "0006_words"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunSQL(FREE_THE_SECOND, migrations.RunSQL.noop),
        migrations.RunSQL(BUILD, "DROP INDEX IF EXISTS contact_one_of_an_account"),
        migrations.RunSQL(
            ADOPT,
            "ALTER TABLE cases_contact DROP CONSTRAINT contact_one_of_an_account",
            state_operations=[
                migrations.AddConstraint(
                    "contact",
                    models.UniqueConstraint(fields=["case", "account"], name="contact_one_of_an_account"),
                )
            ],
        ),
        # By name: told to alter the field, Django would also take `contact_one_primary`, which has the same column.
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS cases_contact_case_id_2102dd96",
            "CREATE INDEX CONCURRENTLY cases_contact_case_id_2102dd96 ON cases_contact (case_id)",
            state_operations=[
                migrations.AlterField(
                    "contact",
                    "case",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="contacts",
                        to="cases.case",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(
            "DROP INDEX CONCURRENTLY IF EXISTS cases_contact_account_id_2d4c9ad6",
            "CREATE INDEX CONCURRENTLY cases_contact_account_id_2d4c9ad6 ON cases_contact (account_id)",
            state_operations=[
                migrations.AlterField(
                    "contact",
                    "account",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
    ]
