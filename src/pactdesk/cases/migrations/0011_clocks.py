import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0006_managers"),
        ("agreements", "0003_grants_at_hand"),
        ("cases", "0010_attachments"),
        ("journal", "0002_facts_never_change"),
        ("catalog", "0002_changes_are_noticed"),
        ("servicelevels", "0003_who_is_told_and_when_to_lower"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ClockEvent",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("reason", models.TextField(blank=True)),
                ("data", models.JSONField(default=dict)),
            ],
            options={
                "verbose_name": "clock event",
                "verbose_name_plural": "clock events",
            },
        ),
        migrations.CreateModel(
            name="Pause",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField()),
                ("until", models.DateTimeField(blank=True, null=True)),
                ("reason", models.CharField(max_length=12)),
            ],
            options={
                "verbose_name": "pause",
                "verbose_name_plural": "pauses",
            },
        ),
        migrations.CreateModel(
            name="Timer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("metric", models.CharField(max_length=16)),
                ("number", models.PositiveSmallIntegerField()),
                ("state", models.CharField(max_length=13)),
                ("severity", models.CharField(max_length=8)),
                ("hours", models.CharField(max_length=8)),
                ("started_at", models.DateTimeField()),
                ("counted_from", models.DateTimeField()),
                ("target_seconds", models.PositiveIntegerField()),
                ("business_days", models.PositiveSmallIntegerField(blank=True, null=True)),
                ("pausable", models.BooleanField()),
                ("due_at", models.DateTimeField(blank=True, null=True)),
                ("met_at", models.DateTimeField(blank=True, null=True)),
                ("breached_at", models.DateTimeField(blank=True, null=True)),
                ("cancelled_at", models.DateTimeField(blank=True, null=True)),
                ("cancel_reason", models.CharField(blank=True, db_default="", default="", max_length=12)),
                ("elapsed_seconds", models.PositiveIntegerField(blank=True, null=True)),
                ("next_at", models.DateTimeField(blank=True, null=True)),
            ],
            options={
                "verbose_name": "timer",
                "verbose_name_plural": "timers",
            },
        ),
        migrations.CreateModel(
            name="ToldStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("step", models.CharField(max_length=12)),
                ("audience", models.CharField(max_length=20)),
                ("at", models.DateTimeField()),
                ("told_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "told step",
                "verbose_name_plural": "told steps",
            },
        ),
        migrations.RemoveConstraint(
            model_name="case",
            name="case_due_after_opening",
        ),
        migrations.AddField(
            model_name="case",
            name="calendar",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="servicelevels.calendarversion",
            ),
        ),
        migrations.AddField(
            model_name="case",
            name="waiting_until",
            field=models.DateTimeField(blank=True, null=True),
        ),
        migrations.AddField(
            model_name="clockevent",
            name="actor",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to=settings.AUTH_USER_MODEL,
            ),
        ),
        migrations.AddField(
            model_name="clockevent",
            name="case",
            field=models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cases.case"
            ),
        ),
        migrations.AddField(
            model_name="timer",
            name="calendar",
            field=models.ForeignKey(
                blank=True,
                db_constraint=False,
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.DO_NOTHING,
                related_name="+",
                to="servicelevels.calendarversion",
            ),
        ),
        migrations.AddField(
            model_name="timer",
            name="case",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="timers",
                to="cases.case",
            ),
        ),
        migrations.AddField(
            model_name="pause",
            name="timer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="pauses",
                to="cases.timer",
            ),
        ),
        migrations.AddField(
            model_name="toldstep",
            name="timer",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="told",
                to="cases.timer",
            ),
        ),
        migrations.AddIndex(
            model_name="clockevent",
            index=models.Index(fields=["case", "id"], name="clock_event_case"),
        ),
        migrations.AddConstraint(
            model_name="clockevent",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "kind__in",
                        [
                            "answered",
                            "paused",
                            "resumed",
                            "raised",
                            "lowered",
                            "lowered-unreachable",
                            "restored",
                            "resolved",
                            "closed",
                            "reopened",
                            "transferred",
                            "calendar-changed",
                            "backdated",
                        ],
                    )
                ),
                name="clock_event_kind_known",
            ),
        ),
        migrations.AddIndex(
            model_name="timer",
            index=models.Index(
                condition=models.Q(("next_at__isnull", False)), fields=["next_at"], name="timer_next"
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.UniqueConstraint(fields=("case", "metric", "number"), name="timer_once"),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["breached-open", "paused", "running"])),
                fields=("case",),
                name="timer_one_open",
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("metric__in", ["initial-response", "update"]),
                    ("state__in", ["running", "paused", "met", "breached-open", "met-late", "cancelled"]),
                ),
                name="timer_words_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(("state", "paused"), ("due_at__isnull", False), _connector="XOR"),
                name="timer_due_unless_paused",
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("state__in", ["met", "met-late"]), ("met_at__isnull", True), _connector="XOR"
                ),
                name="timer_met_with_an_instant",
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        (
                            "cancel_reason__in",
                            ("unreachable", "restored", "resolved", "closed", "not-promised"),
                        ),
                        ("cancelled_at__isnull", False),
                        ("state", "cancelled"),
                    ),
                    models.Q(
                        models.Q(("state", "cancelled"), _negated=True),
                        ("cancel_reason", ""),
                        ("cancelled_at__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="timer_cancelled_with_a_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("breached_at__isnull", True), ("breached_at", models.F("due_at")), _connector="OR"
                ),
                name="timer_breached_when_due",
            ),
        ),
        migrations.AddConstraint(
            model_name="timer",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("next_at__isnull", True), ("state__in", ["running", "breached-open"]), _connector="OR"
                ),
                name="timer_looked_at_while_it_runs",
            ),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.UniqueConstraint(fields=("timer", "since"), name="pause_once"),
        ),
        migrations.AddConstraint(
            model_name="pause",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("until__isnull", True), ("until__gt", models.F("since")), _connector="OR"
                ),
                name="pause_ends_after_it_begins",
            ),
        ),
        migrations.AddConstraint(
            model_name="toldstep",
            constraint=models.UniqueConstraint(fields=("timer", "step"), name="told_step_once"),
        ),
        migrations.RunSQL(
            "CREATE TRIGGER clock_event_append_only BEFORE UPDATE OR DELETE ON cases_clockevent "
            "FOR EACH ROW EXECUTE FUNCTION journal_refuse_change()",
            "DROP TRIGGER clock_event_append_only ON cases_clockevent",
        ),
    ]
