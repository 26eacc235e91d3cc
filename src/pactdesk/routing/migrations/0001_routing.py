import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import pactdesk.routing.models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0004_a_team_to_begin_with"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Engineer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "languages",
                    models.JSONField(
                        blank=True,
                        default=list,
                        validators=[pactdesk.routing.models.check_languages],
                        verbose_name="languages",
                    ),
                ),
                ("products", models.JSONField(blank=True, default=list, verbose_name="products")),
                ("problem_types", models.JSONField(blank=True, default=list, verbose_name="problem types")),
                (
                    "weekly",
                    models.JSONField(
                        default=pactdesk.routing.models.always,
                        validators=[pactdesk.routing.models.check_week],
                        verbose_name="working hours",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(default=8, verbose_name="requests in hand at most"),
                ),
                ("away_from", models.DateTimeField(blank=True, null=True, verbose_name="away from")),
                ("away_until", models.DateTimeField(blank=True, null=True, verbose_name="away until")),
                (
                    "account",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="account",
                    ),
                ),
                (
                    "backup",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="backup",
                    ),
                ),
            ],
            options={
                "verbose_name": "engineer",
                "verbose_name_plural": "engineers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("capacity__gte", 1)), name="engineer_has_capacity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("away_until__isnull", True),
                            ("away_until__gt", models.F("away_from")),
                            _connector="OR",
                        ),
                        name="engineer_away_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60, verbose_name="code")),
                (
                    "position",
                    models.PositiveIntegerField(
                        help_text="Lower numbers are tried first.", verbose_name="position"
                    ),
                ),
                (
                    "conditions",
                    models.JSONField(
                        blank=True,
                        default=dict,
                        help_text="For each trait the codes of which it has to have one; all traits have to fit.",
                        verbose_name="conditions",
                    ),
                ),
                (
                    "team",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.team",
                        verbose_name="team",
                    ),
                ),
            ],
            options={
                "verbose_name": "routing rule",
                "verbose_name_plural": "routing rules",
                "ordering": ("position", "code"),
                "constraints": [models.UniqueConstraint(fields=("code",), name="routing_rule_code_once")],
            },
        ),
    ]
