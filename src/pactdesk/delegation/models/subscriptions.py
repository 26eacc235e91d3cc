"""Subscriptions of customers, and who has which role on them."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class Subscription(models.Model):
    """A subscription in the cloud, or an environment of business applications, of one organization."""

    organization = models.ForeignKey(
        "accounts.Organization", verbose_name=_("organization"), on_delete=models.PROTECT, related_name="+"
    )
    number = models.CharField(
        _("number"),
        max_length=64,
        help_text=_("As the vendor issued it; it names the subscription for good."),
    )
    name = models.CharField(_("name"), max_length=200)
    created_at = models.DateTimeField()
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    class Meta:
        ordering = ("name", "number")
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        constraints = (models.UniqueConstraint(fields=["number"], name="subscription_number_once"),)

    def __str__(self) -> str:
        return self.number


class SupportGroup(models.Model):
    """People of one organization who are given roles together (OBO-3)."""

    organization = models.ForeignKey("accounts.Organization", on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=100)
    created_at = models.DateTimeField()
    deleted_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("name",)
        verbose_name = _("support group")
        verbose_name_plural = _("support groups")
        constraints = (
            models.UniqueConstraint(
                models.F("organization"),
                models.functions.Lower("name"),
                condition=models.Q(deleted_at__isnull=True),
                name="support_group_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class SupportGroupMember(models.Model):
    """An account in a support group. It counts while the account is in the group's organization."""

    group = models.ForeignKey(SupportGroup, on_delete=models.CASCADE, related_name="members")
    account = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (
            models.UniqueConstraint(fields=["account", "group"], name="support_group_member_once"),
        )

    def __str__(self) -> str:
        return f"{self.account_id} · {self.group_id}"


class RoleAssignment(models.Model):
    """An account or a support group has a role on a subscription. In force while it is not revoked and, where it was
    given under a delegation (`under`), while that is in force."""

    class Role(models.TextChoices):
        OWNER = "owner", _("Owner")
        ADMINISTRATOR = "administrator", _("Administrator")
        CO_ADMINISTRATOR = "co-administrator", _("Co-administrator")
        CONTRIBUTOR = "contributor", _("Contributor")
        READER = "reader", _("Reader")

    subscription = models.ForeignKey(Subscription, on_delete=models.PROTECT, related_name="+")
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    group = models.ForeignKey(SupportGroup, null=True, blank=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=18, choices=Role)
    under = models.ForeignKey(
        "delegation.Delegation", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    assigned_at = models.DateTimeField()
    assigned_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )

    class Meta:
        verbose_name = _("role on a subscription")
        verbose_name_plural = _("roles on subscriptions")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(account__isnull=True) ^ models.Q(group__isnull=True),
                name="role_assignment_to_one",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    role__in=["owner", "administrator", "co-administrator", "contributor", "reader"]
                ),
                name="role_assignment_known",
            ),
            models.UniqueConstraint(
                fields=["subscription", "account", "group"],
                condition=models.Q(revoked_at__isnull=True),
                nulls_distinct=False,
                name="role_assignment_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.role} · {self.subscription_id}"
