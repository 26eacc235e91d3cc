"""Accounts and organizations for operators."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from allauth.idp.oidc.models import Client
from allauth.idp.oidc.models import Token as AccessToken
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.admin import ModelAdmin, TabularInline
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from pactdesk.accounts.facts import AccountMoved, LocationChanged
from pactdesk.accounts.models import (
    Account,
    Competency,
    Enrolment,
    Location,
    Organization,
    OrganizationDomain,
    OrganizationRole,
    Team,
    TeamMember,
)
from pactdesk.journal import services as journal
from pactdesk.kernel.read_only import ReadOnly

# Django's admin classes are generic for the type checker only.
if TYPE_CHECKING:
    AdminOfAccounts = UserAdmin[Account]
else:
    AdminOfAccounts = UserAdmin

_POWERS = ("is_staff", "is_superuser", "groups", "user_permissions")
# The person's own to say, in the portal, where it is checked.
_PROFILE = ("contact_email", "phone", "country", "time_zone", "language", "profile_completed_at")


class NewAccountForm(UserCreationForm):  # type: ignore[misc]  # unfold has no types
    """A new account. Its owner proves the address at the first sign-in."""

    class Meta:
        model = Account
        fields = ("email", "first_name", "last_name", "kind", "organization")

    def clean_email(self) -> str:
        # Two addresses that differ in case are one mailbox.
        return str(self.cleaned_data["email"]).lower()


class OrganizationRoleInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = OrganizationRole
    extra = 0


@admin.register(Account)
class AccountAdmin(AdminOfAccounts, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Accounts. Only superusers hand out powers, and only they touch other superusers."""

    inlines = (OrganizationRoleInline,)
    form = UserChangeForm
    add_form = NewAccountForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("email", "first_name", "last_name", "kind", "organization", "is_staff", "is_active")
    list_filter = ("kind", "is_staff", "is_active", "organization")
    list_select_related = ("organization",)
    search_fields = ("email", "contact_email", "first_name", "last_name", "organization__name")
    ordering = ("email",)
    autocomplete_fields = ("organization", "location")
    filter_horizontal = ("groups", "user_permissions")
    fieldsets = (
        (
            None,
            {"fields": ("email", "password", "kind", "first_name", "last_name", "organization", "location")},
        ),
        (_("Profile"), {"fields": _PROFILE}),
        (_("Powers"), {"fields": ("is_active", *_POWERS)}),
        (_("Dates"), {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "email",
                    "first_name",
                    "last_name",
                    "kind",
                    "organization",
                    "usable_password",
                    "password1",
                    "password2",
                )
            },
        ),
    )

    def save_model(self, request: HttpRequest, obj: Account, form: Any, change: bool) -> None:
        before = Account.objects.filter(pk=obj.pk).values_list("organization_id", "location_id").first()
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            if before is not None and before != (obj.organization_id, obj.location_id):
                moved = AccountMoved(
                    obj.pk,
                    organization=(before[0], obj.organization_id),
                    location=(before[1], obj.location_id),
                )
                journal.record(moved, actor_id=request.user.pk, at=timezone.now())

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if change and "organization" in form.changed_data:
            # Roles are those in an organization: nobody brings them along into another one.
            form.instance.organization_roles.all().delete()

    def get_inlines(self, request: HttpRequest, obj: Account | None) -> Any:
        return () if obj is None else self.inlines

    def get_readonly_fields(self, request: HttpRequest, obj: Account | None = None) -> list[str]:
        fixed = [*_PROFILE, "last_login", "date_joined"]
        if obj is not None:
            fixed.append("email")  # the sign-in knows the address, and which ones were proved
        if not _is_superuser(request):
            fixed.extend(_POWERS)
        return fixed

    def has_change_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        if obj is not None and obj.is_superuser and not _is_superuser(request):
            return False
        return bool(super().has_change_permission(request, obj))

    def has_delete_permission(self, request: HttpRequest, obj: Account | None = None) -> bool:
        """Accounts are made inactive: what they did stays theirs."""
        return False


class LocationInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    """Locations. Their contacts are named at the desk of the service centre: pairs are mailed there. None is removed,
    because what it has earned would go with it."""

    model = Location
    extra = 0
    can_delete = False
    readonly_fields = ("primary_contact",)


class OrganizationDomainInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = OrganizationDomain
    extra = 0


class EnrolmentInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    """Terms in the partner network, which activate agreements: entered at the desk of the service centre."""

    model = Enrolment
    extra = 0


class CompetencyInline(ReadOnly, TabularInline):  # type: ignore[misc]  # unfold has no types
    """What gives a location the right to kits: entered at the desk of the service centre."""

    model = Competency
    extra = 0


@admin.register(Organization)
class OrganizationAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Organizations with their locations, of which one may be the headquarters, and their domain names."""

    inlines = (LocationInline, OrganizationDomainInline, EnrolmentInline)
    list_display = ("name", "kind", "partner_number", "primary_contact")
    list_filter = ("kind",)
    list_select_related = ("primary_contact",)
    search_fields = ("name", "partner_number")
    readonly_fields = ("primary_contact",)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        if formset.model is not Location:
            super().save_formset(request, form, formset, change)
            return
        rows = Location.objects.filter(organization=form.instance)
        before = {place.pk: (place.country, place.is_headquarters) for place in rows}
        with transaction.atomic():
            super().save_formset(request, form, formset, change)
            for place in rows.all():
                country, is_headquarters = before.get(place.pk, ("", False))
                if (country, is_headquarters) != (place.country, place.is_headquarters):
                    changed = LocationChanged(
                        form.instance.pk,
                        location=place.pk,
                        country=(country, place.country),
                        headquarters=(is_headquarters, place.is_headquarters),
                    )
                    journal.record(changed, actor_id=request.user.pk, at=timezone.now())


@admin.register(Location)
class LocationAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """For finding a location; it is edited with its organization."""

    inlines = (CompetencyInline,)
    readonly_fields = ("organization", "name", "city", "country", "is_headquarters", "primary_contact")
    list_display = ("name", "organization", "city", "country", "is_headquarters")
    list_select_related = ("organization",)
    search_fields = ("name", "city", "organization__name")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Location | None = None) -> bool:
        return False


class TeamMemberInline(TabularInline):  # type: ignore[misc]  # unfold has no types
    model = TeamMember
    extra = 0
    autocomplete_fields = ("account",)


@admin.register(Team)
class TeamAdmin(ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Teams with their members. Whoever is a member sees all requests of the team."""

    inlines = (TeamMemberInline,)
    list_display = ("code", "is_default", "is_service_centre", "manager", "head")
    list_select_related = ("manager", "head")
    autocomplete_fields = ("manager", "head")
    search_fields = ("code",)


admin.site.unregister(Group)


@admin.register(Group)
class GroupsAdmin(GroupAdmin, ModelAdmin):  # type: ignore[misc]  # unfold has no types
    """Groups of operators, who share permissions."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_change_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return _is_superuser(request)

    def has_delete_permission(self, request: HttpRequest, obj: Group | None = None) -> bool:
        return _is_superuser(request)


def _is_superuser(request: HttpRequest) -> bool:
    return bool(getattr(request.user, "is_superuser", False))


# Their rows hold what opens an account, which nobody but its owner may see or set. Who is made inactive is shut out
# with all of it.
for secret in (Authenticator, Client, AccessToken):
    if admin.site.is_registered(secret):
        admin.site.unregister(secret)
