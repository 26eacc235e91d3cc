"""A pair may be mailed because somebody of the organization asked for it, too."""

from __future__ import annotations

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = (("agreements", "0013_activations"),)

    operations = (
        migrations.AlterField(
            model_name="pairmailing",
            name="occasion",
            field=models.CharField(
                choices=[
                    ("activated", "Activated"),
                    ("sent-again", "Sent again"),
                    ("asked-for", "Asked for"),
                ],
                max_length=12,
                verbose_name="occasion",
            ),
        ),
    )
