"""The clocks of cases: what happened to them, and the timers that this makes (SEV-6).

Clock events are written; timers and pauses are what folding them gives (`servicelevels.rules.timers`), kept so that
queues can be sorted and the sweep finds what is due. Only `services.clocks` writes here.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.models.case import Case
from pactdesk.servicelevels.rules.timers import CANCEL_REASONS, OPEN_STATES, Kind, Metric, State

# As plain text, so that migrations need not know these words.
_PAUSED, _CANCELLED = State.PAUSED.value, State.CANCELLED.value


class ClockEvent(models.Model):
    """Something that happened to the clocks of a case after its opening, which stands in the case itself.

    The database refuses to change or remove one. `data` holds what the kind needs: severity and hours, the version of a
    calendar, until when it waits, where the start was set back to.
    """

    # Without an index of its own: a longer one begins with it.
    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    at = models.DateTimeField()
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        related_name="+",
    )
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("clock event")
        verbose_name_plural = _("clock events")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind__in=[kind.value for kind in Kind if kind is not Kind.OPENED]),
                name="clock_event_kind_known",
            ),
        )
        indexes = (models.Index(fields=["case", "id"], name="clock_event_case"),)

    def __str__(self) -> str:
        return f"PD-{self.case_id} · {self.kind}"


class Timer(models.Model):
    """One clock of a case as folding its events gave it; the fields are those of the fold's `Timer`.

    `calendar` is the version that its time is counted in, None around the clock; versions are never removed, so the
    database need not look each time. `next_at` is when the sweep has to look at it next, None where there is no need.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="timers", db_index=False)
    metric = models.CharField(max_length=16)
    number = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=13)
    severity = models.CharField(max_length=8)
    hours = models.CharField(max_length=8)
    calendar = models.ForeignKey(
        "servicelevels.CalendarVersion",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    started_at = models.DateTimeField()
    counted_from = models.DateTimeField()
    target_seconds = models.PositiveIntegerField()
    business_days = models.PositiveSmallIntegerField(null=True, blank=True)
    pausable = models.BooleanField()
    due_at = models.DateTimeField(null=True, blank=True)
    met_at = models.DateTimeField(null=True, blank=True)
    breached_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = models.CharField(max_length=12, blank=True, default="", db_default="")
    elapsed_seconds = models.PositiveIntegerField(null=True, blank=True)
    next_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("timer")
        verbose_name_plural = _("timers")
        constraints = (
            models.UniqueConstraint(fields=["case", "metric", "number"], name="timer_once"),
            models.UniqueConstraint(
                fields=["case"],
                condition=models.Q(state__in=sorted(state.value for state in OPEN_STATES)),
                name="timer_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    metric__in=[metric.value for metric in Metric], state__in=[state.value for state in State]
                ),
                name="timer_words_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state=_PAUSED) ^ models.Q(due_at__isnull=False),
                name="timer_due_unless_paused",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=[State.MET.value, State.MET_LATE.value])
                ^ models.Q(met_at__isnull=True),
                name="timer_met_with_an_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state=_CANCELLED, cancelled_at__isnull=False, cancel_reason__in=CANCEL_REASONS
                )
                | (~models.Q(state=_CANCELLED) & models.Q(cancelled_at__isnull=True, cancel_reason="")),
                name="timer_cancelled_with_a_reason",
            ),
            # What is missed was due then, however late that was noticed.
            models.CheckConstraint(
                condition=models.Q(breached_at__isnull=True) | models.Q(breached_at=models.F("due_at")),
                name="timer_breached_when_due",
            ),
            models.CheckConstraint(
                condition=models.Q(next_at__isnull=True)
                | models.Q(state__in=[State.RUNNING.value, State.BREACHED_OPEN.value]),
                name="timer_looked_at_while_it_runs",
            ),
        )
        indexes = (
            models.Index(fields=["next_at"], condition=models.Q(next_at__isnull=False), name="timer_next"),
            # What reports count by: which promises were kept, and which were not.
            models.Index(
                fields=["metric", "met_at"], condition=models.Q(met_at__isnull=False), name="timer_met"
            ),
            models.Index(
                fields=["breached_at"], condition=models.Q(breached_at__isnull=False), name="timer_breached"
            ),
        )

    def __str__(self) -> str:
        return f"PD-{self.case_id} · {self.metric} {self.number}"


class Pause(models.Model):
    """A stretch in which a timer stood still, or would have if its severity had let it."""

    timer = models.ForeignKey(Timer, on_delete=models.CASCADE, related_name="pauses", db_index=False)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=12)

    class Meta:
        verbose_name = _("pause")
        verbose_name_plural = _("pauses")
        constraints = (
            models.UniqueConstraint(fields=["timer", "since"], name="pause_once"),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gt=models.F("since")),
                name="pause_ends_after_it_begins",
            ),
        )

    def __str__(self) -> str:
        return f"{self.since} – {self.until or '…'}"


class ToldStep(models.Model):
    """A step of a timer that was told: each once. `at` is when it was reached, `told_at` when that was said.

    Once somebody has taken it up, what the timer still reaches on the same side of its due instant is noise.
    """

    timer = models.ForeignKey(Timer, on_delete=models.CASCADE, related_name="told", db_index=False)
    step = models.CharField(max_length=12)
    audience = models.CharField(max_length=20)
    at = models.DateTimeField()
    told_at = models.DateTimeField()
    taken_up_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    taken_up_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("told step")
        verbose_name_plural = _("told steps")
        constraints = (models.UniqueConstraint(fields=["timer", "step"], name="told_step_once"),)

    def __str__(self) -> str:
        return f"{self.step} · {self.audience}"
