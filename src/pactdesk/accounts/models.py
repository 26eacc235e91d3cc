"""Accounts, organizations and their locations."""

from __future__ import annotations

from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Organization(models.Model):
    """A vendor, partner, customer or publisher."""

    class Kind(models.TextChoices):
        VENDOR = "vendor", _("Vendor")
        PARTNER = "partner", _("Partner")
        CUSTOMER = "customer", _("Customer")
        PUBLISHER = "publisher", _("Publisher")

    name = models.CharField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    partner_number = models.CharField(_("partner number"), max_length=20, blank=True)
    primary_contact = models.ForeignKey(
        "accounts.Account",
        verbose_name=_("primary programme contact"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ("name",)
        verbose_name = _("organization")
        verbose_name_plural = _("organizations")
        constraints = (
            models.UniqueConstraint(
                fields=["partner_number"],
                condition=~models.Q(partner_number=""),
                name="organization_partner_number_once",
            ),
        )

    def __str__(self) -> str:
        return self.name


class Location(models.Model):
    """A place of an organization. Exactly one may be its headquarters (BEN-1)."""

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="locations")
    name = models.CharField(_("name"), max_length=200)
    city = models.CharField(_("city"), max_length=100, blank=True)
    country = models.CharField(_("country"), max_length=2)
    is_headquarters = models.BooleanField(_("headquarters"), default=False)
    primary_contact = models.ForeignKey(
        "accounts.Account",
        verbose_name=_("primary programme contact"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        ordering = ("organization", "-is_headquarters", "name")
        verbose_name = _("location")
        verbose_name_plural = _("locations")
        constraints = (
            models.UniqueConstraint(
                fields=["organization"],
                condition=models.Q(is_headquarters=True),
                name="location_one_headquarters",
            ),
        )

    def __str__(self) -> str:
        return self.name


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

    def __str__(self) -> str:
        return self.email

    def get_full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    def get_short_name(self) -> str:
        return self.first_name


class Team(models.Model):
    """Engineers who answer together. What no routing rule sends elsewhere comes to the default one (RTE-1)."""

    code = models.SlugField(_("code"), max_length=40)
    name = models.JSONField(_("name"), help_text=_("In several languages; English has to be among them."))
    is_default = models.BooleanField(_("takes everything else"), default=False)
    manager = models.ForeignKey(
        Account,
        verbose_name=_("manager"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Is told of what the engineers do not take up."),
    )
    head = models.ForeignKey(
        Account,
        verbose_name=_("head of support"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Is told of what stays broken although the manager knows."),
    )
    members = models.ManyToManyField(Account, through="accounts.TeamMember", related_name="+")

    class Meta:
        ordering = ("code",)
        verbose_name = _("team")
        verbose_name_plural = _("teams")
        constraints = (
            models.UniqueConstraint(fields=["code"], name="team_code_once"),
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="team_one_default"
            ),
            models.CheckConstraint(condition=models.Q(name__has_key="en"), name="team_named_in_english"),
        )

    def __str__(self) -> str:
        return self.code


class TeamMember(models.Model):
    """An account that answers for a team. Whoever is in no team does not know that there is a desk."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="+")
    account = models.ForeignKey(
        Account, verbose_name=_("account"), on_delete=models.CASCADE, related_name="+"
    )
    is_lead = models.BooleanField(
        _("lead"),
        default=False,
        db_default=False,
        help_text=_("Is told of what is in danger, and at once of a critical request that nobody can take."),
    )

    class Meta:
        verbose_name = _("member")
        verbose_name_plural = _("members")
        constraints = (models.UniqueConstraint(fields=["account", "team"], name="team_member_once"),)

    def __str__(self) -> str:
        return f"{self.account_id} · {self.team_id}"


# The teams for which the `account` of a statement may speak: as one of their members, as their manager, or as the head
# above both.
TEAMS_OF_ACCOUNT = """
SELECT team_id FROM accounts_teammember WHERE account_id = account.id
UNION SELECT team.id FROM accounts_team team WHERE team.manager_id = account.id OR team.head_id = account.id
"""


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
