from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0022_customers_at_hand"),
    ]

    operations = [
        migrations.AddField(
            model_name="case",
            name="answers",
            field=models.JSONField(blank=True, db_default={}, default=dict),
        ),
    ]
