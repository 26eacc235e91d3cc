"""What providers announced: once each, by their own names for it (PPI-5)."""

from __future__ import annotations

from django.db import models

from pactdesk.purchases.models.purchases import Purchase


class PaymentEvent(models.Model):
    """An event of a provider, without its body, which may tell more of a card than we keep.

    `outcome` is "" until it was handled, then what it came to (`services.events`).
    """

    provider = models.CharField(max_length=20)
    event_id = models.CharField(max_length=100)
    kind = models.CharField(max_length=100)
    payment = models.CharField(max_length=100, blank=True)
    amount_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    dispute = models.CharField(max_length=4, blank=True)
    purchase = models.ForeignKey(Purchase, null=True, on_delete=models.PROTECT, related_name="+")
    received_at = models.DateTimeField()
    handled_at = models.DateTimeField(null=True)
    outcome = models.CharField(max_length=20, blank=True)

    class Meta:
        verbose_name = "payment event"
        verbose_name_plural = "payment events"
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
