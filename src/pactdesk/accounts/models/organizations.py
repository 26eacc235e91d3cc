"""Organizations, their locations, and the domains by which they are known."""

from __future__ import annotations

from django.db import models
from django.db.models.functions import Lower
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
        indexes = (models.Index(fields=["name", "id"], name="organization_by_name"),)

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


class OrganizationDomain(models.Model):
    """A domain name of an organization: how a partner names a customer (OBO-5), and whose addresses are whose (OBO-2).

    Kept in lower case and in the form in which domain names are registered (ASCII).
    """

    organization = models.ForeignKey(Organization, on_delete=models.CASCADE, related_name="domains")
    name = models.CharField(_("domain name"), max_length=253)

    class Meta:
        ordering = ("organization", "name")
        verbose_name = _("domain name")
        verbose_name_plural = _("domain names")
        constraints = (
            models.UniqueConstraint(fields=["name"], name="organization_domain_once"),
            models.CheckConstraint(condition=models.Q(name=Lower("name")), name="organization_domain_lower"),
        )

    def __str__(self) -> str:
        return self.name
