"""Accounts: one sign-in each, and what it may do in its organization."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models.functions import Collate, Lower, Upper
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from pactdesk.accounts.models.organizations import Location, Organization


class AccountManager(BaseUserManager["Account"]):
    """Makes accounts; addresses are kept in lower case, because two that differ in case are one mailbox."""

    def create_user(self, email: str, password: str | None = None, **fields: Any) -> Account:
        if not email:
            raise ValueError("An account needs an e-mail address.")
        account = self.model(email=email.strip().lower(), **fields)
        account.set_password(password)
        account.save(using=self._db)
        return account

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> Account:
        return self.create_user(email, password, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(email=(username or "").strip().lower())


class Account(AbstractBaseUser, PermissionsMixin):
    """One sign-in, with the profile that is completed once (IDN-1)."""

    class Kind(models.TextChoices):
        PERSONAL = "personal", _("Personal account")
        WORK = "work", _("Work account")

    email = models.EmailField(_("e-mail address"), max_length=254)
    kind = models.CharField(_("kind"), max_length=10, choices=Kind, default=Kind.PERSONAL)
    first_name = models.CharField(_("first name"), max_length=100)
    last_name = models.CharField(_("last name"), max_length=100)
    organization = models.ForeignKey(
        Organization,
        verbose_name=_("organization"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="accounts",
    )
    location = models.ForeignKey(
        Location,
        verbose_name=_("location"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="accounts",
    )
    contact_email = models.EmailField(_("contact e-mail"), max_length=254, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    country = models.CharField(_("country"), max_length=2, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    language = models.CharField(_("language"), max_length=8, blank=True)
    profile_completed_at = models.DateTimeField(_("profile completed"), null=True, blank=True, editable=False)
    is_staff = models.BooleanField(_("operator"), default=False)
    is_active = models.BooleanField(_("active"), default=True)
    single_keys = models.BooleanField(
        _("single keys"),
        default=True,
        db_default=True,
        help_text=_("Letters alone act at the desk (WCAG 2.1.4)."),
    )
    date_joined = models.DateTimeField(_("joined"), default=timezone.now, editable=False)

    objects: ClassVar[AccountManager] = AccountManager()

    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["first_name", "last_name"]

    class Meta:
        verbose_name = _("account")
        verbose_name_plural = _("accounts")
        constraints = (
            models.UniqueConstraint(Lower("email"), name="account_email_once"),
            models.CheckConstraint(
                condition=models.Q(profile_completed_at__isnull=True)
                | ~(
                    models.Q(phone="")
                    | models.Q(country="")
                    | models.Q(time_zone="")
                    | models.Q(language="")
                    | models.Q(contact_email="")
                ),
                name="account_profile_complete_or_open",
            ),
        )
        # For beginnings of names, as the service centre looks for buyers.
        indexes = (
            models.Index(Collate(Upper("first_name"), "C"), name="account_first_name_begins"),
            models.Index(Collate(Upper("last_name"), "C"), name="account_last_name_begins"),
        )

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name


class OrganizationRole(models.Model):
    """What an account may do in the name of its organization (OBO-3). One who administers both ways has two."""

    class Role(models.TextChoices):
        GLOBAL_ADMINISTRATOR = "global-administrator", _("Global administrator")
        HELPDESK_ADMINISTRATOR = "helpdesk-administrator", _("Helpdesk administrator")

    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.CASCADE, related_name="organization_roles"
    )
    role = models.CharField(_("role"), max_length=24, choices=Role)

    class Meta:
        ordering = ("account", "role")
        verbose_name = _("role in the organization")
        verbose_name_plural = _("roles in the organization")
        constraints = (
            models.UniqueConstraint(fields=["account", "role"], name="organization_role_once"),
            models.CheckConstraint(
                condition=models.Q(role__in=["global-administrator", "helpdesk-administrator"]),
                name="organization_role_known",
            ),
        )

    def __str__(self) -> str:
        return f"{self.account_id} · {self.role}"


# The roles that the `account` of a statement has in its organization.
ROLES_OF_ACCOUNT = "SELECT role FROM accounts_organizationrole WHERE account_id = account.id"
