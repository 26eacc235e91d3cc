"""What providers announced: once each, by their own names for it (PPI-5)."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.purchases.models.purchases import Purchase


class PaymentEvent(models.Model):
    """An event of a provider, without its body, which may tell more of a card than we keep.

    `outcome` is "" until it was handled, then what it came to (`services.events`).
    """

    provider = models.CharField(_("payment provider"), max_length=20)
    event_id = models.CharField(_("event"), max_length=100)
    kind = models.CharField(_("kind"), max_length=100)
    payment = models.CharField(_("payment"), max_length=100, blank=True)
    amount_minor = models.BigIntegerField(_("amount in minor units"), null=True)
    currency = models.CharField(_("currency"), max_length=3, blank=True)
    dispute = models.CharField(_("dispute"), max_length=4, blank=True)
    purchase = models.ForeignKey(
        Purchase, verbose_name=_("purchase"), null=True, on_delete=models.PROTECT, related_name="+"
    )
    received_at = models.DateTimeField(_("received"))
    handled_at = models.DateTimeField(_("handled"), null=True)
    outcome = models.CharField(_("outcome"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("payment event")
        verbose_name_plural = _("payment events")
        constraints = (models.UniqueConstraint(fields=["provider", "event_id"], name="payment_event_once"),)
        indexes = (
            models.Index(
                fields=["received_at"],
                condition=models.Q(handled_at__isnull=True),
                name="payment_event_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.event_id}"
