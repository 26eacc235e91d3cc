"""In which order an account wants its agreements offered."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class DrawPlace(models.Model):
    """An agreement that an account wants offered before others, and as which one of those, from 0 on. What has no place
    is offered after them, as is usual. It goes with the registration: the database sees to that."""

    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+", db_index=False
    )
    agreement = models.ForeignKey("agreements.Agreement", on_delete=models.CASCADE, related_name="+")
    place = models.PositiveSmallIntegerField()

    class Meta:
        verbose_name = _("place in a draw order")
        verbose_name_plural = _("places in draw orders")
        constraints = (
            models.UniqueConstraint(fields=["account", "agreement"], name="draw_place_once"),
            models.UniqueConstraint(fields=["account", "place"], name="draw_place_of_its_own"),
        )

    def __str__(self) -> str:
        return f"{self.account_id}: {self.place} {self.agreement_id}"
