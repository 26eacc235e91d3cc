from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("catalog", "0008_how_programmes_are_activated")]

    operations = [
        migrations.AddConstraint(
            model_name="programme",
            constraint=models.CheckConstraint(
                condition=models.Q(("held_as", "purchase"), _negated=True) | models.Q(("unit", "incident")),
                name="programme_bought_in_incidents",
            ),
        ),
    ]
