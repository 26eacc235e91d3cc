import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("cases", "0009_escalations"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
                ),
                ("internal", models.BooleanField(default=False)),
                ("name", models.CharField(max_length=120)),
                ("size", models.PositiveBigIntegerField()),
                ("received", models.PositiveBigIntegerField(default=0)),
                ("pieces", models.JSONField(blank=True, default=list)),
                ("mark", models.CharField(blank=True, max_length=40)),
                ("content_type", models.CharField(blank=True, max_length=100)),
                ("may_hold_secrets", models.BooleanField(default=False)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("storage_key", models.CharField(blank=True, max_length=80)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("uploading", "Being sent"),
                            ("held", "Waits for the virus check"),
                            ("ready", "Ready"),
                            ("refused", "Refused"),
                            ("removed", "Removed"),
                        ],
                        max_length=9,
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=40)),
                ("uploader_name", models.CharField(max_length=254)),
                (
                    "side",
                    models.CharField(
                        choices=[("requester", "Requester"), ("vendor", "Vendor")], max_length=9
                    ),
                ),
                ("started_at", models.DateTimeField()),
                ("uploaded_at", models.DateTimeField(blank=True, null=True)),
                ("added_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="cases.case",
                    ),
                ),
                (
                    "draft",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="cases.draft",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="files",
                        to="cases.message",
                    ),
                ),
                (
                    "uploader",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "file",
                "verbose_name_plural": "files",
                "indexes": [
                    models.Index(fields=["uploader", "started_at"], name="attachment_day"),
                    models.Index(
                        condition=models.Q(("state__in", ["uploading", "held"])),
                        fields=["started_at"],
                        name="attachment_unfinished",
                    ),
                    models.Index(
                        condition=models.Q(
                            ("added_at__isnull", True),
                            ("draft__isnull", True),
                            models.Q(("state__in", ["uploading", "removed"]), _negated=True),
                        ),
                        fields=["uploaded_at"],
                        name="attachment_not_added",
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("draft__isnull", False), ("case__isnull", False), _connector="OR"
                        ),
                        name="attachment_is_somewhere",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("message__isnull", True),
                            models.Q(("added_at__isnull", False), ("case__isnull", False)),
                            _connector="OR",
                        ),
                        name="attachment_of_message_is_added",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("added_at__isnull", True), ("case__isnull", False), _connector="OR"
                        ),
                        name="attachment_added_to_request",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("internal", False), ("side", "vendor"), _connector="OR"),
                        name="attachment_internal_is_ours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("received__lte", models.F("size"))),
                        name="attachment_not_longer_than_said",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state__in", ["held", "ready"]), _negated=True),
                            models.Q(
                                models.Q(("storage_key", ""), _negated=True),
                                models.Q(("sha256", ""), _negated=True),
                                ("received", models.F("size")),
                                ("uploaded_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="attachment_whole_where_kept",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "refused"), _negated=True),
                            models.Q(("refusal", ""), _negated=True),
                            _connector="XOR",
                        ),
                        name="attachment_refused_for_a_reason",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("storage_key", ""), _negated=True),
                        fields=("storage_key",),
                        name="attachment_key_once",
                    ),
                ],
            },
        ),
    ]
