import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0005_lists_by_what_changed_last"),
    ]

    operations = [
        migrations.CreateModel(
            name="CaseWords",
            fields=[
                (
                    "case",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cases.case",
                    ),
                ),
                ("for_contacts", django.contrib.postgres.search.SearchVectorField()),
                ("for_the_desk", django.contrib.postgres.search.SearchVectorField()),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["for_contacts"], name="case_words_contacts"
                    ),
                    django.contrib.postgres.indexes.GinIndex(fields=["for_the_desk"], name="case_words_desk"),
                ],
            },
        ),
    ]
