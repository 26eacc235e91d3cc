"""Which partner looks after which customer."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _


class Relationship(models.Model):
    """A partner and one of its customers. It says that they have to do with each other; it grants nothing.

    `provider` is the indirect provider behind a reseller (OBO-4). `customer_name` repeats the customer's name in lower
    case, so that ten thousand customers are listed and searched from one index.
    """

    class Tier(models.TextChoices):
        PROVIDER = "provider", _("Indirect provider")
        RESELLER = "reseller", _("Indirect reseller")
        DIRECT = "direct", _("Direct partner")

    partner = models.ForeignKey(
        "accounts.Organization",
        verbose_name=_("partner"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    customer = models.ForeignKey(
        "accounts.Organization", verbose_name=_("customer"), on_delete=models.PROTECT, related_name="+"
    )
    tier = models.CharField(_("tier"), max_length=10, choices=Tier)
    provider = models.ForeignKey(
        "accounts.Organization",
        verbose_name=_("indirect provider"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    customer_name = models.CharField(max_length=200, editable=False)
    since = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        verbose_name = _("relationship")
        verbose_name_plural = _("relationships")
        constraints = (
            models.UniqueConstraint(
                fields=["partner", "customer"],
                condition=models.Q(ended_at__isnull=True),
                name="relationship_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(partner=models.F("customer")), name="relationship_of_two"
            ),
            models.CheckConstraint(
                condition=models.Q(tier="reseller") | models.Q(provider__isnull=True),
                name="relationship_provider_of_reseller",
            ),
            models.CheckConstraint(
                condition=models.Q(tier__in=["provider", "reseller", "direct"]),
                name="relationship_tier_known",
            ),
        )
        indexes = (
            models.Index(
                fields=["partner", "customer_name", "customer"],
                condition=models.Q(ended_at__isnull=True),
                name="relationship_list",
            ),
        )

    def __str__(self) -> str:
        return f"{self.partner_id} → {self.customer_id}"
