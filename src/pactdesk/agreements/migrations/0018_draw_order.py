import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# Who may no longer draw on an agreement has no place for it either, also when the right comes back.
GIVE_UP = """
CREATE FUNCTION agreements_give_up_place() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  DELETE FROM agreements_drawplace WHERE account_id = NEW.account_id AND agreement_id = NEW.agreement_id;
  RETURN NULL;
END $$;
CREATE TRIGGER registration_gives_up_its_place AFTER UPDATE OF revoked_at ON agreements_registration
  FOR EACH ROW WHEN (NEW.revoked_at IS NOT NULL) EXECUTE FUNCTION agreements_give_up_place();
"""

KEEP = """
DROP TRIGGER registration_gives_up_its_place ON agreements_registration;
DROP FUNCTION agreements_give_up_place();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("agreements", "0017_units_stay"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="DrawPlace",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveSmallIntegerField()),
                (
                    "account",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "agreement",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="agreements.agreement",
                    ),
                ),
            ],
            options={
                "verbose_name": "place in a draw order",
                "verbose_name_plural": "places in draw orders",
                "constraints": [
                    models.UniqueConstraint(fields=("account", "agreement"), name="draw_place_once"),
                    models.UniqueConstraint(fields=("account", "place"), name="draw_place_of_its_own"),
                ],
            },
        ),
        migrations.RunSQL(GIVE_UP, KEEP),
    ]
