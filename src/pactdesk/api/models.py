"""What this door keeps for itself: which keys were used, and how often somebody knocked."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class IdempotencyKey(models.Model):
    """The first answer to a request that came with a key. Written in the transaction that did what was asked."""

    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    operation = models.CharField(max_length=40)
    key = models.CharField(max_length=255)
    fingerprint = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    headers = models.JSONField(default=dict)
    body = models.BinaryField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["account", "operation", "key"], name="idempotency_key_once"),
        )
        indexes = (models.Index(fields=["at"], name="idempotency_key_age"),)

    def __str__(self) -> str:
        return f"{self.operation} {self.key}"


class RequestCount(models.Model):
    """How many requests came in one window, by token, account or address. The table is not logged (migration 0001)."""

    key = models.CharField(primary_key=True, max_length=120)
    window = models.BigIntegerField()
    count = models.IntegerField()

    def __str__(self) -> str:
        return f"{self.key}: {self.count}"
