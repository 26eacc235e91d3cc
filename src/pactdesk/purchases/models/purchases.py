"""Purchases: one row each, from the order on (PPI-5)."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.purchases.models.cards import SavedCard
from pactdesk.purchases.rules.buying import number_of
from pactdesk.purchases.rules.payments import Dispute
from pactdesk.purchases.rules.states import State

_UNPAID = (State.ORDERED.value, State.PAYING.value, State.FAILED.value)


class Purchase(models.Model):
    """One order of an offer. Amounts are minor units of `currency`; `tax_note` is what stood beside the price.

    `key` is the order form's, `provider_key` the one by which the provider knows the order. `worked_on_at` is when the
    last hand took it up. `program` is what the token was called by which it was ordered, "" where a person did.
    `differs_at`: the provider spoke of another amount, and an operator has to look. The checks below keep paid and
    granted together whoever writes: nothing is granted that was not paid in full.
    """

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("buyer"), on_delete=models.PROTECT, related_name="+"
    )
    key = models.CharField(max_length=40)
    offer_code = models.CharField(_("offer"), max_length=80)
    programme = models.ForeignKey(
        "catalog.Programme", verbose_name=_("programme"), on_delete=models.PROTECT, related_name="+"
    )
    units = models.PositiveIntegerField(_("units"))
    amount_minor = models.PositiveBigIntegerField(_("amount in minor units"))
    currency = models.CharField(_("currency"), max_length=3)
    tax_note = models.CharField(_("tax note"), max_length=500, blank=True)
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(max_length=64)
    terms_version = models.CharField(_("service agreement"), max_length=20)
    terms_accepted_at = models.DateTimeField(_("accepted"))
    card = models.ForeignKey(SavedCard, verbose_name=_("card"), on_delete=models.PROTECT, related_name="+")
    provider = models.CharField(_("payment provider"), max_length=20)
    program = models.CharField(_("ordered by the program"), max_length=100, blank=True)
    provider_key = models.UUIDField(unique=True)
    return_url = models.CharField(max_length=500)

    state = models.CharField(_("state"), max_length=10, choices=[(each.value, each.value) for each in State])
    payment = models.CharField(_("payment"), max_length=100, blank=True)
    action_url = models.CharField(max_length=2000, blank=True)
    failure = models.CharField(_("why it failed"), max_length=80, blank=True)
    captured_minor = models.PositiveBigIntegerField(_("taken"), default=0)
    refunded_minor = models.PositiveBigIntegerField(_("paid back"), default=0)
    agreement = models.OneToOneField(
        "agreements.Agreement",
        verbose_name=_("agreement"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    refund_cause = models.CharField(_("why it was paid back"), max_length=20, blank=True)
    dispute = models.CharField(
        _("dispute"), max_length=4, blank=True, choices=[(each.value, each.value) for each in Dispute if each]
    )

    ordered_at = models.DateTimeField(_("ordered"))
    worked_on_at = models.DateTimeField()
    paid_at = models.DateTimeField(_("paid"), null=True)
    refunded_at = models.DateTimeField(_("paid back on"), null=True)
    disputed_at = models.DateTimeField(_("disputed"), null=True)
    differs_at = models.DateTimeField(_("other amount"), null=True)

    class Meta:
        verbose_name = _("purchase")
        verbose_name_plural = _("purchases")
        constraints = (
            models.UniqueConstraint(fields=["account", "key"], name="purchase_key_once"),
            models.UniqueConstraint(
                fields=["provider", "payment"],
                condition=~models.Q(payment=""),
                name="purchase_payment_once",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=_UNPAID, paid_at=None, captured_minor=0, agreement=None)
                | models.Q(
                    state=State.PAID.value,
                    paid_at__isnull=False,
                    captured_minor=models.F("amount_minor"),
                    agreement=None,
                )
                | models.Q(
                    state__in=[State.GRANTED.value, State.REFUNDING.value, State.REFUNDED.value],
                    paid_at__isnull=False,
                    captured_minor=models.F("amount_minor"),
                    agreement__isnull=False,
                ),
                name="purchase_granted_where_paid",
            ),
            models.CheckConstraint(
                condition=models.Q(refunded_minor__lte=models.F("captured_minor")),
                name="purchase_refund_not_above_price",
            ),
            models.CheckConstraint(
                condition=~models.Q(state=State.REFUNDED.value)
                | models.Q(refunded_minor=models.F("amount_minor"), refunded_at__isnull=False),
                name="purchase_refunded_in_full",
            ),
            models.CheckConstraint(
                condition=models.Q(amount_minor__gt=0, units__gt=0), name="purchase_of_something"
            ),
            models.CheckConstraint(
                condition=models.Q(currency__regex=r"^[A-Z]{3}$"), name="purchase_currency_code"
            ),
        )
        indexes = (
            models.Index(fields=["account", "-id"], name="purchase_of_account"),
            models.Index(
                fields=["worked_on_at"],
                condition=models.Q(state__in=["ordered", "paying", "paid", "refunding"]),
                name="purchase_unfinished",
            ),
            # What the service centre looks for among the many that are paid (`queries.centre`).
            models.Index(
                fields=["-id"], condition=models.Q(dispute__in=["open", "lost"]), name="purchase_disputed"
            ),
            models.Index(fields=["-id"], condition=models.Q(state="failed"), name="purchase_failed"),
            models.Index(
                fields=["-id"],
                condition=models.Q(state__in=["refunding", "refunded"]),
                name="purchase_refunded",
            ),
            models.Index(
                fields=["-id"], condition=models.Q(state__in=["ordered", "paying"]), name="purchase_waiting"
            ),
        )

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """ "P-100001", for people."""
        return number_of(self.pk)
