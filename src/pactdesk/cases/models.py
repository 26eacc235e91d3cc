"""Drafts, cases and their contacts."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Draft(models.Model):
    """A guided request that was not sent yet. It outlives the browser (WIZ-8); its key makes sending idempotent."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    answers = models.JSONField(default=dict)
    created_at = models.DateTimeField()
    saved_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    discarded_at = models.DateTimeField(null=True, blank=True)
    case = models.OneToOneField(
        "cases.Case", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("draft")
        verbose_name_plural = _("drafts")
        indexes = (
            models.Index(
                fields=["account", "-saved_at"],
                condition=models.Q(case__isnull=True, discarded_at__isnull=True),
                name="draft_open",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)


class Case(models.Model):
    """One support request. Its primary key is its number.

    `terms` holds the promise as it was made: policy and calendar versions, targets (frozen, SEV-6). `explanation` holds
    why it was accepted. `draft_key` is the idempotency key: one draft makes one case.
    """

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ASSIGNED = "assigned", _("Assigned")
        WAITING = "waiting", _("Waiting for you")
        IN_PROGRESS = "in-progress", _("In progress")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")

    draft_key = models.UUIDField()
    submitter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        "accounts.Organization", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    agreement = models.ForeignKey(
        "agreements.Agreement", null=True, on_delete=models.PROTECT, related_name="+"
    )
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("catalog.ProductVersion", on_delete=models.PROTECT, related_name="+")
    problem = models.ForeignKey("catalog.Problem", on_delete=models.PROTECT, related_name="+")
    usage = models.CharField(max_length=20, blank=True)
    summary = models.CharField(max_length=200)
    description = models.TextField()
    severity = models.CharField(max_length=8)
    hours = models.CharField(max_length=8)
    night_name = models.CharField(max_length=200, blank=True)
    night_phone = models.CharField(max_length=40, blank=True)
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)
    opened_at = models.DateTimeField()
    first_response_due_at = models.DateTimeField()
    terms = models.JSONField(default=dict)
    explanation = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("support request")
        verbose_name_plural = _("support requests")
        constraints = (
            models.UniqueConstraint(fields=["draft_key"], name="case_draft_once"),
            models.CheckConstraint(
                condition=models.Q(hours__in=["24x7", "business"]), name="case_hours_known"
            ),
            models.CheckConstraint(
                condition=models.Q(first_response_due_at__gte=models.F("opened_at")),
                name="case_due_after_opening",
            ),
        )

    def __str__(self) -> str:
        return f"PD-{self.pk}"


class Contact(models.Model):
    """Somebody who sees a case (REQ-1).

    `is_open` repeats the case's state so that a person's list is read from one index that begins with the person and
    ends with the sort key.
    """

    class Role(models.TextChoices):
        PRIMARY = "primary", _("Primary contact")
        ADDITIONAL = "additional", _("Additional contact")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts")
    role = models.CharField(max_length=10, choices=Role)
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    is_open = models.BooleanField(default=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = (
            models.UniqueConstraint(fields=["case", "email"], name="contact_once"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(role="primary"), name="contact_one_primary"
            ),
        )
        indexes = (
            models.Index(fields=["account", "is_open", "-case"], name="contact_list"),
            models.Index(
                fields=["email"], condition=models.Q(account__isnull=True), name="contact_unclaimed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} · PD-{self.case_id}"
