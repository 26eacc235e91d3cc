"""Cases, the people who see them, and how they hang together."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from pactdesk.cases.rules.queues import ACTIVE, AT_REST

# What stands in a queue, as `rules.queues` and every query of it say.
_ACTIVE = models.Q(status__in=ACTIVE, is_test=False)


class Case(models.Model):
    """One support request. Its primary key is its number.

    `owner` is the engineer who owns it, `team` the one in whose queue it stands. `revision` grows with every change, so
    that nobody overwrites what somebody else did meanwhile. `due_at` is what is owed next and by when, for sorting.
    `charged_units` is what is deducted for it at the moment, of which `reserved_units` were set aside for a consultant
    and come back if they are not used; `charge_count` how often that was done (AGR-6). A request
    `is_test` when a program sent it to try the way: it costs nothing and reaches nobody.
    `terms` holds the promise as it was made: policy and calendar versions, severity, hours, targets (frozen, SEV-6);
    `calendar` is the version that counts now. `due_at` and `first_response_due_at` follow the timers (`models.clocks`).
    `waiting_until` is when waiting for the requester ends by itself. `explanation` holds why it was accepted.
    `answers` are those to the questions of its channel and product, by the question's code (WIZ-1).
    `call_back` is when a consultant may call, as `rules.call_backs` writes it.
    `customer` is for whom it was made, empty where that is the submitter's own `organization` (OBO-1); `delegation` or
    `role_assignment` is under what. `subscription` is the one that it concerns. Help that needs no access to it is
    `best_effort` (RTE-3).
    `draft_key` is the idempotency key: one draft makes one case.
    """

    # Set in memory when a clock event was added that `services.changing.keep` has to fold in.
    clock_moved = False

    class Status(models.TextChoices):
        NEW = "new", _("New")
        ASSIGNED = "assigned", _("Assigned")
        WAITING = "waiting", _("Waiting for the requester")
        IN_PROGRESS = "in-progress", _("In progress")
        RESOLVED = "resolved", _("Resolved")
        CLOSED = "closed", _("Closed")

    class Outcome(models.TextChoices):
        DECREMENT = "decrement", _("Counts")
        NON_DECREMENT = "non-decrement", _("Does not count")

    draft_key = models.UUIDField()
    submitter = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    organization = models.ForeignKey(
        "accounts.Organization",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    customer = models.ForeignKey(
        "accounts.Organization",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    subscription = models.ForeignKey(
        "delegation.Subscription",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    delegation = models.ForeignKey(
        "delegation.Delegation",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    role_assignment = models.ForeignKey(
        "delegation.RoleAssignment",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    best_effort = models.BooleanField(default=False, db_default=False)
    agreement = models.ForeignKey(
        "agreements.Agreement", null=True, on_delete=models.PROTECT, related_name="+"
    )
    product = models.ForeignKey("catalog.Product", on_delete=models.PROTECT, related_name="+")
    version = models.ForeignKey("catalog.ProductVersion", on_delete=models.PROTECT, related_name="+")
    problem = models.ForeignKey("catalog.Problem", on_delete=models.PROTECT, related_name="+")
    usage = models.CharField(max_length=20, blank=True)
    answers = models.JSONField(default=dict, blank=True, db_default={})
    summary = models.CharField(max_length=200)
    description = models.TextField()
    severity = models.CharField(max_length=8)
    hours = models.CharField(max_length=8)
    night_name = models.CharField(max_length=200, blank=True)
    night_phone = models.CharField(max_length=40, blank=True)
    night_time_zone = models.CharField(max_length=64, blank=True, default="", db_default="")
    country = models.CharField(max_length=2)
    time_zone = models.CharField(max_length=64)
    language = models.CharField(max_length=8)
    status = models.CharField(max_length=12, choices=Status, default=Status.NEW)
    team = models.ForeignKey(
        "accounts.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revision = models.PositiveIntegerField(default=0, db_default=0)
    charged_units = models.PositiveSmallIntegerField(default=0, db_default=0)
    reserved_units = models.PositiveSmallIntegerField(default=0, db_default=0)
    charge_count = models.PositiveSmallIntegerField(default=0, db_default=0)
    outcome = models.CharField(max_length=14, choices=Outcome, blank=True, default="", db_default="")
    outcome_cause = models.CharField(max_length=40, blank=True, default="", db_default="")
    merged_into = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    is_test = models.BooleanField(default=False, db_default=False)
    opened_at = models.DateTimeField()
    changed_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True, blank=True)
    first_response_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    first_response_due_at = models.DateTimeField()
    waiting_until = models.DateTimeField(null=True, blank=True)
    # Versions are never removed, so the database need not look each time.
    calendar = models.ForeignKey(
        "servicelevels.CalendarVersion",
        null=True,
        blank=True,
        on_delete=models.DO_NOTHING,
        db_constraint=False,
        db_index=False,
        related_name="+",
    )
    call_back = models.JSONField(null=True, blank=True)
    terms = models.JSONField(default=dict)
    explanation = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("support request")
        verbose_name_plural = _("support requests")
        constraints = (
            models.UniqueConstraint(fields=["draft_key"], name="case_draft_once"),
            models.CheckConstraint(
                condition=models.Q(hours__in=["24x7", "business"]), name="case_hours_known"
            ),
            models.CheckConstraint(
                condition=models.Q(
                    status="closed", closed_at__isnull=False, outcome__in=["decrement", "non-decrement"]
                )
                | (~models.Q(status="closed") & models.Q(closed_at__isnull=True, outcome="")),
                name="case_closed_with_an_instant",
            ),
            models.CheckConstraint(
                condition=models.Q(waiting_until__isnull=True) | models.Q(status="waiting"),
                name="case_waits_until_while_waiting",
            ),
            models.CheckConstraint(
                condition=models.Q(outcome="non-decrement") ^ models.Q(outcome_cause=""),
                name="case_cause_where_it_does_not_count",
            ),
            models.CheckConstraint(
                condition=models.Q(charged_units=0) | ~models.Q(outcome="non-decrement"),
                name="case_not_charged_where_it_does_not_count",
            ),
            models.CheckConstraint(
                condition=models.Q(delegation__isnull=True) | models.Q(customer__isnull=False),
                name="case_delegation_of_a_customer",
            ),
        )
        indexes = (
            models.Index(
                fields=["team", "due_at", "-changed_at", "-id"], condition=_ACTIVE, name="case_team_due"
            ),
            models.Index(
                fields=["team", "due_at", "-changed_at", "-id"],
                condition=_ACTIVE & models.Q(owner__isnull=True),
                name="case_unowned_due",
            ),
            models.Index(
                fields=["owner", "due_at", "-changed_at", "-id"],
                condition=_ACTIVE & models.Q(owner__isnull=False),
                name="case_owner_due",
            ),
            models.Index(fields=["team", "-changed_at", "-id"], name="case_team_recent"),
            models.Index(
                fields=["team", "status", "-changed_at", "-id"],
                condition=models.Q(status__in=AT_REST, is_test=False),
                name="case_team_at_rest",
            ),
            models.Index(fields=["organization", "-opened_at", "-id"], name="case_of_organization"),
            models.Index(
                fields=["customer", "organization", "-opened_at", "-id"],
                condition=models.Q(customer__isnull=False),
                name="case_for_customer",
            ),
            models.Index(
                fields=["customer", "-opened_at", "-id"],
                condition=models.Q(customer__isnull=False),
                name="case_opened_for",
            ),
            models.Index(fields=["resolved_at"], condition=models.Q(status="resolved"), name="case_resolved"),
            models.Index(
                fields=["waiting_until"],
                condition=models.Q(waiting_until__isnull=False),
                name="case_waiting_until",
            ),
        )

    def __str__(self) -> str:
        return f"PD-{self.pk}"


class Contact(models.Model):
    """Somebody who sees a case (REQ-1). Whoever has two addresses has one place all the same.

    `is_open`, `changed_at`, `customer` and `subscription` repeat the case's, so that a person's list is read from one
    index that begins with the person and ends with the sort key; where there is a customer, a place shows something
    only while a right stands (`delegation.access.within_reach`). `seen_at` is the instant as of which this person has
    seen the request."""

    class Role(models.TextChoices):
        PRIMARY = "primary", _("Primary contact")
        ADDITIONAL = "additional", _("Additional contact")

    # Neither key needs an index of its own: a longer one begins with it.
    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="contacts", db_index=False)
    role = models.CharField(max_length=10, choices=Role)
    name = models.CharField(max_length=200)
    email = models.CharField(max_length=254)
    phone = models.CharField(max_length=40, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    language = models.CharField(max_length=8, blank=True)
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        db_index=False,
    )
    customer = models.ForeignKey(
        "accounts.Organization",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    subscription = models.ForeignKey(
        "delegation.Subscription",
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    is_open = models.BooleanField(default=True)
    changed_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("contact")
        verbose_name_plural = _("contacts")
        constraints = (
            models.UniqueConstraint(fields=["case", "email"], name="contact_once"),
            models.UniqueConstraint(fields=["case", "account"], name="contact_one_of_an_account"),
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(role="primary"), name="contact_one_primary"
            ),
        )
        indexes = (
            models.Index(fields=["account", "is_open", "-changed_at", "-case"], name="contact_list"),
            models.Index(
                fields=["email"], condition=models.Q(account__isnull=True), name="contact_unclaimed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.email} · PD-{self.case_id}"


class CaseLink(models.Model):
    """Two requests that have to do with each other. Only the desk sees it. `first` has the lower number."""

    first = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")
    second = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("link")
        verbose_name_plural = _("links")
        constraints = (
            models.UniqueConstraint(fields=["first", "second"], name="case_link_once"),
            models.CheckConstraint(
                condition=models.Q(first__lt=models.F("second")), name="case_link_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"PD-{self.first_id} · PD-{self.second_id}"
