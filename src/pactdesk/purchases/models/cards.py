"""Who pays, and with which card (PPI-3)."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Payer(models.Model):
    """An account as a payment provider knows it."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "provider"], name="payer_once"),
            models.UniqueConstraint(fields=["provider", "reference"], name="payer_reference_once"),
        )

    def __str__(self) -> str:
        return self.reference


class SavedCard(models.Model):
    """A card that can be charged again. `reference` is what the provider calls it; `last_day` is its last good one.

    `programs_minor` is how much programs may order with it within 30 days, in minor units of `programs_currency`; None:
    its owner lets none of them charge it.
    """

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(max_length=20)
    reference = models.CharField(max_length=100)
    brand = models.CharField(max_length=20)
    last_four = models.CharField(max_length=4)
    last_day = models.DateField()
    programs_minor = models.PositiveBigIntegerField(null=True, blank=True)
    programs_currency = models.CharField(max_length=3, blank=True)
    saved_at = models.DateTimeField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = "card"
        verbose_name_plural = "cards"
        constraints = (
            models.UniqueConstraint(fields=["provider", "reference"], name="card_reference_once"),
            models.CheckConstraint(
                condition=models.Q(last_four__regex=r"^[0-9]{4}$"), name="card_last_four_only"
            ),
            models.CheckConstraint(
                condition=models.Q(programs_minor=None, programs_currency="")
                | models.Q(
                    programs_minor__isnull=False,
                    programs_minor__gt=0,
                    programs_currency__regex=r"^[A-Z]{3}$",
                    removed_at=None,
                ),
                name="card_open_to_programs_by_amount",
            ),
            models.CheckConstraint(condition=models.Q(brand__regex=r"^[a-z_]*$"), name="card_brand_only"),
        )
        indexes = (
            models.Index(
                fields=["account"], condition=models.Q(removed_at__isnull=True), name="card_of_account"
            ),
        )

    def __str__(self) -> str:
        return f"{self.brand} …{self.last_four}"
