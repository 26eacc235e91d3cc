"""Requests that went wrong, and who took them up."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case


class Escalation(models.Model):
    """One step of one escalation of a request. The next round begins once this one was taken up.

    `asked_by` is the contact who asked for a manager, None where time alone did. `told` are the accounts of this step.
    """

    class Step(models.TextChoices):
        ENGINEERS = "engineers", _("Engineer and backup")
        LEAD = "lead", _("Lead of the team")
        MANAGER = "manager", _("Manager")
        HEAD = "head", _("Head of support")

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    round = models.PositiveSmallIntegerField()
    step = models.CharField(max_length=10, choices=Step)
    reason = models.TextField(blank=True)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    told = models.JSONField(default=list)
    at = models.DateTimeField()
    taken_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = (
            models.UniqueConstraint(fields=["case", "round", "step"], name="escalation_step_once"),
        )
        indexes = (
            models.Index(
                fields=["at"],
                condition=models.Q(taken_up_at__isnull=True),
                name="escalation_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"PD-{self.case_id} · {self.round} · {self.step}"
