from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0015_saved_replies"),
    ]

    operations = [
        migrations.AddField(
            model_name="contact",
            name="seen_at",
            field=models.DateTimeField(blank=True, null=True),
        ),
    ]
