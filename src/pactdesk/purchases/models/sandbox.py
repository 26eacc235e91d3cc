"""The books of the sandbox: what it would have taken, if its cards were any."""

from __future__ import annotations

from django.db import models


class SandboxPayment(models.Model):
    """A payment as the sandbox keeps it. It is another party: nothing of ours is looked up in it."""

    reference = models.CharField(max_length=40, unique=True)
    key = models.UUIDField(unique=True)
    card = models.CharField(max_length=100)
    amount_minor = models.PositiveBigIntegerField()
    currency = models.CharField(max_length=3)
    state = models.CharField(max_length=12)
    captured_minor = models.PositiveBigIntegerField(default=0)
    refunded_minor = models.PositiveBigIntegerField(default=0)
    failure = models.CharField(max_length=80, blank=True)
    return_url = models.CharField(max_length=500, blank=True)
    dispute = models.CharField(max_length=4, blank=True)

    class Meta:
        verbose_name = "payment of the sandbox"
        verbose_name_plural = "payments of the sandbox"
        constraints = (
            models.CheckConstraint(
                condition=models.Q(captured_minor__lte=models.F("amount_minor"))
                & models.Q(refunded_minor__lte=models.F("captured_minor")),
                name="sandbox_takes_no_more",
            ),
        )

    def __str__(self) -> str:
        return self.reference


class SandboxEvent(models.Model):
    """Something that the sandbox has to announce."""

    payment = models.ForeignKey(SandboxPayment, on_delete=models.CASCADE, related_name="+")
    reference = models.CharField(max_length=60, unique=True)
    kind = models.CharField(max_length=20)

    class Meta:
        verbose_name = "event of the sandbox"
        verbose_name_plural = "events of the sandbox"

    def __str__(self) -> str:
        return self.reference
