"""The outbox, what was told, and what people want to be told."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Collate, Upper
from django.utils.translation import gettext_lazy as _


class OutgoingMail(models.Model):
    """A mail that is owed to one person. `key` says why it is owed, so that it is never owed twice.

    `fact_id` is the fact that it tells of, `contact_id` the place in a request by which the reader may know, and
    `account_id` the account that is written to; `agreement_id` is the agreement whose pair is put in at the moment of
    handing over, and stands nowhere in the row. Each is None where there is none. They are no foreign keys: a mail
    outlives what it is about.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        KEPT = "kept", _("Kept, no mail server is set")
        PARKED = "parked", _("Parked after too many failures")
        WITHHELD = "withheld", _("Not sent: too soon for an unproved address, or no longer for this reader")

    key = models.CharField(max_length=120)
    kind = models.CharField(max_length=40)
    to_address = models.CharField(max_length=320)
    language = models.CharField(max_length=8)
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(blank=True)
    headers = models.JSONField(default=dict)
    message_id = models.CharField(max_length=200)
    fact_id = models.BigIntegerField(null=True, blank=True)
    contact_id = models.BigIntegerField(null=True, blank=True)
    account_id = models.BigIntegerField(null=True, blank=True)
    agreement_id = models.BigIntegerField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempts = models.PositiveIntegerField(default=0)
    last_error = models.CharField(max_length=500, blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("mail")
        verbose_name_plural = _("outbox")
        constraints = (models.UniqueConstraint(fields=["key"], name="outgoing_mail_key_once"),)
        indexes = (
            models.Index(fields=["-created_at"], name="outgoing_mail_newest"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(state__in=["queued", "parked"]),
                name="outgoing_mail_unsent",
            ),
            models.Index(
                fields=["fact_id"], condition=models.Q(fact_id__isnull=False), name="outgoing_mail_of_fact"
            ),
            models.Index(fields=["to_address", "-created_at"], name="outgoing_mail_to_address"),
            # For beginnings of addresses, as `queries.log` asks for them.
            models.Index(Collate(Upper("to_address"), "C"), name="outgoing_mail_begins"),
            models.Index(
                fields=["-created_at"], condition=models.Q(state="withheld"), name="outgoing_mail_withheld"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} → {self.to_address}"


class ToldFact(models.Model):
    """A fact whose letters are all written down; `letters` is how many that were. Written together with them."""

    fact_id = models.BigIntegerField(primary_key=True)
    letters = models.PositiveSmallIntegerField()
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("told fact")
        verbose_name_plural = _("told facts")

    def __str__(self) -> str:
        return str(self.fact_id)


class LetterChoice(models.Model):
    """What somebody has chosen about letters, by the code of the choice (`rules.choices`)."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(max_length=20)
    wanted = models.BooleanField()

    class Meta:
        verbose_name = _("choice about letters")
        verbose_name_plural = _("choices about letters")
        constraints = (models.UniqueConstraint(fields=["account", "choice"], name="letter_choice_once"),)

    def __str__(self) -> str:
        return f"{self.choice}: {self.wanted}"


class AgreementLetterChoice(models.Model):
    """What the owner of an agreement has chosen about letters for this one, where it is not as for all (AGR-11)."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.CASCADE, related_name="+")
    choice = models.CharField(max_length=20)
    wanted = models.BooleanField()

    class Meta:
        verbose_name = _("choice about letters for one agreement")
        verbose_name_plural = _("choices about letters for one agreement")
        constraints = (
            # Its index begins with the account, which is how the choices are found.
            models.UniqueConstraint(
                fields=["account", "agreement", "choice"], name="letter_choice_of_agreement_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.agreement_id} {self.choice}: {self.wanted}"
