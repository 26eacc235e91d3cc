"""Invitations of contacts who have no account yet."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case, Contact


class Invitation(models.Model):
    """An invitation to take one's place in a request. Whoever holds its token has read the mail to its address.

    Of the token only a hash is kept to know it by and, for the letter, the token sealed; the key to that is not in the
    database. It goes when the invitation ends: because it was accepted (`accepted_by`), replaced by another one,
    withdrawn with its contact, or because its time is over. The row stays a while, so that letters can be counted.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    contact = models.ForeignKey(Contact, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    email = models.CharField(max_length=254)
    token_hash = models.BinaryField(max_length=32)
    sealed_token = models.BinaryField(blank=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    issued_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True, blank=True)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints = (
            models.UniqueConstraint(fields=["token_hash"], name="invitation_token_once"),
            models.UniqueConstraint(
                fields=["contact"],
                condition=models.Q(ended_at__isnull=True),
                name="invitation_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True) | models.Q(sealed_token=b""),
                name="invitation_ended_without_token",
            ),
            models.CheckConstraint(
                condition=models.Q(accepted_by__isnull=True) | models.Q(ended_at__isnull=False),
                name="invitation_accepted_is_ended",
            ),
        )
        indexes = (
            models.Index(fields=["email", "issued_at"], name="invitation_by_address"),
            models.Index(
                fields=["expires_at"], condition=models.Q(ended_at__isnull=True), name="invitation_open"
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} · PD-{self.case_id}"
