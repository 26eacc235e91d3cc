from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("agreements", "0002_ledger_keeps_the_balance")]

    operations = [
        migrations.AddIndex(
            model_name="ledgerentry",
            index=models.Index(
                condition=models.Q(("kind", "grant")),
                fields=["agreement"],
                include=["units"],
                name="ledger_grants",
            ),
        )
    ]
