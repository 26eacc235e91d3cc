"""Drafts."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Draft(models.Model):
    """A guided request that was not sent yet. It outlives the browser (WIZ-8); its key makes sending idempotent.

    `customer` is for whom it is made, empty where it is for the own tenant. A draft that was entered through a customer
    stays with that customer, unless it is turned into one of the own tenant (IDN-4, RTE-3).
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    customer = models.ForeignKey(
        "accounts.Organization", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
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
