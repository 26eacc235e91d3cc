"""Rights that customers grant to partners, and the links by which partners ask for them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.delegation.models.subscriptions import Subscription


def _purposes_named(prefix: str) -> models.CheckConstraint:
    return models.CheckConstraint(
        condition=models.Q(may_submit=True)
        | models.Q(may_read=True)
        | models.Q(may_manage_contacts=True)
        | models.Q(most_units__gt=0),
        name=f"{prefix}_for_a_purpose",
    )


class Delegation(models.Model):
    """What a partner may do for a customer, from when to when, and who granted it.

    `grantor` is the customer, or the provider that passes its own delegation (`parent`) on to a reseller (OBO-4): that
    never outlives what it came from. `subscription` narrows it to one. `most_units` are how many of the
    customer's own incidents may be spent under it in all, `units_spent` how many are. `customer_sees`: administrators
    of the customer see what is opened under it. In force: not revoked, and `ends_at` lies ahead.
    """

    customer = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, related_name="+")
    partner = models.ForeignKey(
        "accounts.Organization", on_delete=models.PROTECT, related_name="+", db_index=False
    )
    grantor = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="passed_on"
    )
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    may_submit = models.BooleanField(_("submit requests"), default=False)
    may_read = models.BooleanField(_("read requests"), default=False)
    may_manage_contacts = models.BooleanField(_("manage contacts"), default=False)
    most_units = models.PositiveIntegerField(_("incidents that may be spent"), default=0)
    units_spent = models.PositiveIntegerField(_("incidents spent"), default=0, editable=False)
    customer_sees = models.BooleanField(_("the customer sees what is opened"), default=True)
    granted_at = models.DateTimeField(_("granted"))
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    ends_at = models.DateTimeField(_("ends"))
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("delegation")
        verbose_name_plural = _("delegations")
        constraints = (
            # Granting anew replaces: two rows for the same never hold side by side.
            models.UniqueConstraint(
                fields=["partner", "customer", "grantor", "subscription"],
                condition=models.Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="delegation_once",
            ),
            _purposes_named("delegation"),
            models.CheckConstraint(
                condition=models.Q(units_spent__lte=models.F("most_units")), name="delegation_spends_within"
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("granted_at")), name="delegation_ends_after_grant"
            ),
            models.CheckConstraint(
                condition=models.Q(grantor=models.F("customer"), parent__isnull=True)
                | (~models.Q(grantor=models.F("customer")) & models.Q(parent__isnull=False, most_units=0)),
                name="delegation_passed_on_from_one",
            ),
            models.CheckConstraint(
                condition=~models.Q(partner=models.F("customer")) & ~models.Q(partner=models.F("grantor")),
                name="delegation_to_another",
            ),
        )

    def __str__(self) -> str:
        return f"{self.customer_id} → {self.partner_id}"


class DelegationRequest(models.Model):
    """A partner asks for a delegation. Whoever is shown the link decides for their organization, once.

    Only the digest of the link's token is kept. `customer` is named where the provider is asked (OBO-4), else whoever
    answers grants it for their own organization. `lasts_days` is for how long it is asked.
    """

    class Outcome(models.TextChoices):
        GRANTED = "granted", _("Granted")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    partner = models.ForeignKey("accounts.Organization", on_delete=models.CASCADE, related_name="+")
    tier = models.CharField(max_length=10)
    provider = models.ForeignKey(
        "accounts.Organization", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    customer = models.ForeignKey(
        "accounts.Organization", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    subscription = models.ForeignKey(
        Subscription, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    may_submit = models.BooleanField(default=False)
    may_read = models.BooleanField(default=False)
    may_manage_contacts = models.BooleanField(default=False)
    most_units = models.PositiveIntegerField(default=0)
    lasts_days = models.PositiveIntegerField()
    note = models.CharField(max_length=500, blank=True)
    token_hash = models.BinaryField(max_length=32)
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    expires_at = models.DateTimeField()
    outcome = models.CharField(max_length=10, choices=Outcome, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    delegation = models.ForeignKey(
        Delegation, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("request for a delegation")
        verbose_name_plural = _("requests for delegations")
        constraints = (
            models.UniqueConstraint(fields=["token_hash"], name="delegation_request_token_once"),
            _purposes_named("delegation_request"),
            models.CheckConstraint(
                condition=models.Q(outcome="") ^ models.Q(answered_at__isnull=False),
                name="delegation_request_answered_or_open",
            ),
        )

    def __str__(self) -> str:
        return str(self.pk)
