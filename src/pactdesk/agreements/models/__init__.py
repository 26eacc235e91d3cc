"""Tables. The triggers that keep the ledger true stand in the migration `0001`."""

from __future__ import annotations

from typing import Final

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.agreements.models.corrections import Correction, Issuance, Outcome, UnitsAlone
from pactdesk.agreements.models.draw_order import DrawPlace

__all__ = [
    "MAILED_AT_FIRST",
    "Activation",
    "Agreement",
    "BalanceWarning",
    "Correction",
    "DrawPlace",
    "Issuance",
    "LedgerEntry",
    "LedgerReader",
    "Outcome",
    "PairMailing",
    "Registration",
    "UnitsAlone",
    "WrongPair",
]


class Agreement(models.Model):
    """One granted programme. `units_left` is written by the ledger's trigger and by nobody else (AGR-10).

    Most are named by a pair, and whoever registers it draws on them. A membership, which is not counted, has none; nor
    has a set-aside, whose units came out of its `parent` by transfer: both are drawn on by all accounts of the
    `organization` that holds them. What somebody bought has none either: its `holder` alone draws on it (PPI-1), and
    it is frozen while the payment is disputed (PPI-5). `most_units` is the most that may stand aside in a set-aside,
    net of what was recalled. What was set aside ends with its parent and is suspended with it: the database sees to
    that. Requests may draw the balance down to `-overdraft`, which is fixed when the agreement is issued.
    `ends_at` is the first UTC instant after the benefits; `time_zone` is the zone in which their days are counted.
    """

    programme = models.ForeignKey("catalog.Programme", on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey(
        "self", null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="set_asides"
    )
    most_units = models.PositiveIntegerField(null=True, blank=True, editable=False)
    access_id = models.CharField(_("Access ID"), max_length=40, blank=True)
    contract_id_sealed = models.BinaryField(null=True)
    pair_digest = models.BinaryField(max_length=32, null=True)
    organization = models.ForeignKey(
        "accounts.Organization", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"))
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    suspended_at = models.DateTimeField(_("suspended"), null=True, blank=True)
    frozen_at = models.DateTimeField(null=True, blank=True, editable=False)
    seat_limit = models.PositiveIntegerField(_("accounts that may register it"), null=True, blank=True)
    overdraft = models.PositiveIntegerField(default=0, db_default=0, editable=False)
    units_left = models.IntegerField(_("units left"), default=0, editable=False)
    entry_count = models.IntegerField(default=0, editable=False)
    created_at = models.DateTimeField()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        constraints = (
            models.UniqueConstraint(fields=["pair_digest"], name="agreement_pair_once"),
            models.CheckConstraint(
                condition=models.Q(units_left__gte=models.Value(0) - models.F("overdraft")),
                name="agreement_balance_within_overdraft",
            ),
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")), name="agreement_ends_after_start"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    access_id__regex=r"^[0-9]+$",
                    pair_digest__isnull=False,
                    contract_id_sealed__isnull=False,
                    parent__isnull=True,
                    holder__isnull=True,
                )
                | models.Q(
                    access_id="",
                    pair_digest__isnull=True,
                    contract_id_sealed__isnull=True,
                    organization__isnull=False,
                    holder__isnull=True,
                )
                | models.Q(
                    access_id="",
                    pair_digest__isnull=True,
                    contract_id_sealed__isnull=True,
                    parent__isnull=True,
                    organization__isnull=True,
                    owner__isnull=True,
                    holder__isnull=False,
                ),
                name="agreement_named_by_a_pair_or_held",
            ),
            models.CheckConstraint(
                condition=models.Q(frozen_at__isnull=True) | models.Q(holder__isnull=False),
                name="agreement_frozen_where_bought",
            ),
            models.UniqueConstraint(
                fields=["parent", "organization"],
                condition=models.Q(parent__isnull=False),
                name="agreement_set_aside_once",
            ),
            models.CheckConstraint(
                condition=models.Q(most_units__isnull=True) | models.Q(parent__isnull=False),
                name="agreement_cap_of_a_set_aside",
            ),
        )
        indexes = (
            models.Index(fields=["owner"], name="agreement_owner"),
            models.Index(fields=["ends_at"], name="agreement_ends"),
            models.Index(fields=["-created_at", "-id"], name="agreement_newest"),
            models.Index(fields=["access_id"], condition=~models.Q(access_id=""), name="agreement_access_id"),
            models.Index(
                fields=["organization"],
                condition=models.Q(pair_digest__isnull=True),
                name="agreement_held",
            ),
            models.Index(
                fields=["holder"], condition=models.Q(holder__isnull=False), name="agreement_bought"
            ),
        )

    def __str__(self) -> str:
        return self.access_id or f"#{self.pk}"


class Registration(models.Model):
    """An account that may draw on an agreement (AGR-3, AGR-4)."""

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="registrations")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    registered_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("registration")
        verbose_name_plural = _("registrations")
        constraints = (models.UniqueConstraint(fields=["account", "agreement"], name="registration_once"),)

    def __str__(self) -> str:
        return f"{self.account_id} → {self.agreement_id}"


class LedgerEntry(models.Model):
    """One line of the ledger. The database sets `position` and `balance_after`, and refuses to change or remove a line.

    `units` is signed: what the entry adds to the balance. `note` is a stable code or an operator's own words.
    A transfer names the agreement at its other end; the database refuses one whose other half is missing.
    """

    class Kind(models.TextChoices):
        GRANT = "grant", _("Granted")
        DEDUCT = "deduct", _("Deducted")
        CREDIT = "credit", _("Credited back")
        ADJUST = "adjust", _("Adjusted")
        EXPIRE = "expire", _("Expired")
        TRANSFER = "transfer", _("Transferred")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="entries")
    position = models.IntegerField()
    kind = models.CharField(max_length=10, choices=Kind)
    units = models.IntegerField()
    balance_after = models.IntegerField()
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+")
    case_number = models.BigIntegerField(null=True)
    counterpart = models.ForeignKey(
        Agreement, null=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    note = models.CharField(max_length=500, blank=True)
    idempotency_key = models.CharField(max_length=80)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        constraints = (
            models.UniqueConstraint(fields=["idempotency_key"], name="ledger_key_once"),
            models.UniqueConstraint(fields=["agreement", "position"], name="ledger_position_once"),
            models.CheckConstraint(
                condition=(
                    models.Q(kind__in=["grant", "credit"], units__gt=0)
                    | models.Q(kind__in=["deduct", "expire"], units__lt=0)
                    | (models.Q(kind__in=["adjust", "transfer"]) & ~models.Q(units=0))
                ),
                name="ledger_sign_fits_kind",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind__in=["deduct", "credit"]) | models.Q(case_number__isnull=False),
                name="ledger_request_named",
            ),
            models.CheckConstraint(
                condition=models.Q(kind="transfer", counterpart__isnull=False)
                | (~models.Q(kind="transfer") & models.Q(counterpart__isnull=True)),
                name="ledger_transfer_between_two",
            ),
        )
        # What was granted is asked for with every list of plans, and a ledger may be long.
        indexes = (
            models.Index(
                fields=["agreement"],
                include=["units"],
                condition=models.Q(kind__in=["grant", "transfer"]),
                name="ledger_granted",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.units:+d}"


class Activation(models.Model):
    """That an agreement was activated for a term in the partner network: each programme once for the headquarters, and
    once for each location that has a kit (BEN-2, BEN-3)."""

    agreement = models.OneToOneField(Agreement, on_delete=models.PROTECT, related_name="activation")
    enrolment = models.ForeignKey(
        "accounts.Enrolment", on_delete=models.PROTECT, related_name="activations", db_index=False
    )
    programme = models.ForeignKey("catalog.Programme", on_delete=models.PROTECT, related_name="+")
    location = models.ForeignKey(
        "accounts.Location",
        verbose_name=_("location"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    activated_at = models.DateTimeField(_("activated"))

    class Meta:
        verbose_name = _("activation")
        verbose_name_plural = _("activations")
        constraints = (
            models.UniqueConstraint(
                fields=["enrolment", "programme", "location"], nulls_distinct=False, name="activation_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.programme_id}"


# The occasions at which a pair is mailed for the first time, to whom the benefits are addressed: one of them, once.
MAILED_AT_FIRST: Final = ("activated", "issued")


class PairMailing(models.Model):
    """That the pair of an agreement was to be mailed to somebody: the service centre sent it again, or somebody of the
    organization, who could not find it, asked for it. `asked_by` is None for an activation."""

    class Occasion(models.TextChoices):
        ACTIVATED = "activated", _("Activated")
        ISSUED = "issued", _("Issued")
        REPLACED = "replaced", _("Replaced")
        SENT_AGAIN = "sent-again", _("Sent again")
        ASKED_FOR = "asked-for", _("Asked for")

    agreement = models.ForeignKey(Agreement, on_delete=models.PROTECT, related_name="mailings")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("account"), on_delete=models.PROTECT, related_name="+"
    )
    occasion = models.CharField(_("occasion"), max_length=12, choices=Occasion)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("mailed pair")
        verbose_name_plural = _("mailed pairs")
        constraints = (
            models.UniqueConstraint(
                fields=["agreement"],
                condition=models.Q(occasion__in=list(MAILED_AT_FIRST)),
                name="pair_mailed_at_first_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} → {self.account_id}"


class WrongPair(models.Model):
    """A pair that was tried and is none. Counted to stop guessing (AGR-11); says nothing about what was typed."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    address_digest = models.BinaryField(max_length=16)
    at = models.DateTimeField()

    class Meta:
        indexes = (
            models.Index(fields=["account", "at"], name="wrong_pair_account"),
            models.Index(fields=["address_digest", "at"], name="wrong_pair_address"),
        )

    def __str__(self) -> str:
        return f"{self.account_id} {self.at:%Y-%m-%d %H:%M}"


class BalanceWarning(models.Model):
    """A step on the way to nothing left, or to the end of the benefits, that was told (`rules.warnings`).

    Each is told once for a term, which is named by its end. `over_at`: the balance rose above the step again, so that
    it is told anew when it comes down to it.
    """

    # A longer index begins with it.
    agreement = models.ForeignKey(
        Agreement, on_delete=models.CASCADE, related_name="warnings", db_index=False
    )
    step = models.CharField(max_length=8)
    ends_at = models.DateTimeField()
    told_at = models.DateTimeField()
    over_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("warning")
        verbose_name_plural = _("warnings")
        constraints = (
            models.UniqueConstraint(
                fields=["agreement", "ends_at", "step"],
                condition=models.Q(over_at__isnull=True),
                name="warning_told_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.step}"


class LedgerReader(models.Model):
    """How far somebody who looks at what the ledger moved has read: up to the entry `upto`, and the time before up to
    `before`. Reading goes on from there, because an entry may be written after one with a higher number."""

    name = models.CharField(max_length=20, primary_key=True)
    before = models.BigIntegerField(default=0)
    upto = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name}: {self.upto}"
