import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0008_queues_by_due_and_change"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("round", models.PositiveSmallIntegerField()),
                (
                    "step",
                    models.CharField(
                        choices=[("engineers", "Engineer and backup"), ("manager", "Manager")], max_length=10
                    ),
                ),
                ("reason", models.TextField(blank=True)),
                ("told", models.JSONField(default=list)),
                ("at", models.DateTimeField()),
                ("taken_up_at", models.DateTimeField(blank=True, null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="cases.case"
                    ),
                ),
                (
                    "taken_up_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("step", "engineers"), ("taken_up_at__isnull", True)),
                        fields=["at"],
                        name="escalation_waiting",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("case", "round", "step"), name="escalation_step_once")
                ],
            },
        ),
    ]
