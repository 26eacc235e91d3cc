"""What opens an account once it has signed in: sessions of browsers, tokens of programs."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.models.people import Account


class Session(AbstractBaseSession):
    """A browser's session. `account` repeats what stands in its data, so that both are found together."""

    account = models.ForeignKey(Account, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta(AbstractBaseSession.Meta):
        abstract = False
        db_table = "accounts_session"

    @classmethod
    def get_session_store_class(cls) -> type[Any]:
        from pactdesk.accounts.sessions import SessionStore  # the store knows the model, so not at the top

        return SessionStore


class ApiToken(models.Model):
    """What a program shows to act for an account. Only its digest is kept; `shown` is how its owner knows it again.

    `last_used_at` is written at most once a minute.
    """

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="+")
    name = models.CharField(max_length=100)
    scopes = models.JSONField(default=list)
    digest = models.BinaryField(max_length=32)
    shown = models.CharField(max_length=16)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("token")
        verbose_name_plural = _("tokens")
        constraints = (
            models.UniqueConstraint(fields=["digest"], name="token_digest_once"),
            models.CheckConstraint(
                condition=models.Q(expires_at__gt=models.F("created_at")), name="token_expires_after_creation"
            ),
        )
        indexes = (models.Index(fields=["account", "-created_at"], name="token_list"),)

    def __str__(self) -> str:
        return self.shown
