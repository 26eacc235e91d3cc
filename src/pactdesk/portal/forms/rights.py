"""What is asked for, granted and given: purposes, until when, roles, groups, subscriptions.

What is allowed is decided by `delegation` and `accounts`; `refuse` shows it at the field that is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from pactdesk.delegation.rules import LONGEST_DAYS, MOST_UNITS, PURPOSES, Purpose, Terms, Tier, Wish
from pactdesk.delegation.rules.asking import MOST_NOTE
from pactdesk.delegation.rules.subscriptions import (
    MOST_GROUP_NAME,
    MOST_NUMBER,
    MOST_SUBSCRIPTION_NAME,
)
from pactdesk.delegation.wording import SUBSCRIPTION_ROLE_NAMES, TIER_NAMES
from pactdesk.pages.fields import CleanText
from pactdesk.pages.forms import RefusableForm

_PURPOSE_MEANINGS = {
    "submit": _("Make requests for the customer"),
    "read": _("Read the requests that were made for the customer, as one of their contacts"),
    "manage-contacts": _("Add and remove contacts of these requests"),
    "spend": _("Spend incidents of the customer's own agreements, up to the number below"),
}


def _number(**about: Any) -> forms.IntegerField:
    widget = forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"})
    return forms.IntegerField(widget=widget, **about)


class TermsForm(RefusableForm):
    """What is granted. `terms` puts it together after `is_valid`."""

    places = {
        "delegation.purpose-missing": "purposes",
        "delegation.spending-needs-submitting": "purposes",
        "delegation.more-than-held": "purposes",
        "asking.more-than-asked": "purposes",
        "delegation.units-out-of-range": "units",
        "delegation.fewer-than-spent": "units",
        "delegation.ends-in-the-past": "until",
        "delegation.too-long": "until",
        "delegation.longer-than-held": "until",
        "asking.longer-than-asked": "until",
    }

    purposes = forms.MultipleChoiceField(
        required=False, label=_("What they may do"), widget=forms.CheckboxSelectMultiple
    )
    units = _number(
        required=False,
        min_value=0,
        max_value=MOST_UNITS,
        label=_("Incidents that may be spent in all"),
    )
    until = forms.DateField(
        label=_("Until the end of"),
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={
            "required": _("Choose the last day."),
            "invalid": _("Enter the last day, such as 2027-03-31."),
        },
    )
    subscription = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=_("For which subscriptions")
    )
    customer_sees = forms.BooleanField(
        required=False,
        label=_("We want to see what they open for us"),
        help_text=_("Your global administrators see number, product, summary and status in a list."),
    )

    def __init__(
        self,
        data: Any,
        *,
        zone: ZoneInfo,
        offered: frozenset[Purpose],
        granted: Terms,
        latest: datetime | None = None,
        subscriptions: Sequence[tuple[int, str]] = (),
        subscription_id: int | None = None,
        customer_sees: bool | None = None,
    ) -> None:
        """`offered` are the purposes that can be chosen, `granted` is chosen at first, and nothing ends after `latest`.

        Without `subscriptions`, and with `customer_sees` None, these are not asked.
        """
        self.zone, self.granted, self.latest = zone, granted, latest
        initial = {
            "purposes": sorted(granted.purposes),
            "units": granted.most_units or "",
            "until": _last_day(granted.ends_at, zone),
            "customer_sees": customer_sees,
            "subscription": subscription_id,
        }
        super().__init__(data, initial=initial)
        choices = self.fields["purposes"]
        assert isinstance(choices, forms.MultipleChoiceField)
        choices.choices = [(each, _PURPOSE_MEANINGS[each]) for each in PURPOSES if each in offered]
        if "spend" not in offered:
            del self.fields["units"]
        if customer_sees is None:
            del self.fields["customer_sees"]
        narrowed = self.fields["subscription"]
        assert isinstance(narrowed, forms.TypedChoiceField)
        if subscriptions:
            narrowed.choices = [("", _("All of them")), *subscriptions]
        else:
            del self.fields["subscription"]

    def terms(self) -> Terms:
        """What was typed, with the end of the last day in the reader's zone."""
        purposes = cast("frozenset[Purpose]", frozenset(self.cleaned_data["purposes"]))
        units = self.cleaned_data.get("units") or 0
        return Terms(purposes, units if "spend" in purposes else 0, self._end_of(self.cleaned_data["until"]))

    def _end_of(self, day: date) -> datetime:
        # Whoever leaves the day as it stands leaves the instant as it is.
        for known in (self.granted.ends_at, self.latest):
            if known is not None and day == _last_day(known, self.zone):
                return known
        if day.year >= date.max.year:
            day = date(date.max.year - 1, 1, 1)
        midnight = datetime(day.year, day.month, day.day, tzinfo=self.zone) + timedelta(days=1)
        return midnight.astimezone(ZoneInfo("UTC"))


class AskForm(RefusableForm):
    """What a partner asks for. `wish` puts it together after `is_valid`."""

    places = {
        "delegation.purpose-missing": "purposes",
        "delegation.spending-needs-submitting": "purposes",
        "delegation.units-out-of-range": "units",
        "asking.days-out-of-range": "days",
        "asking.provider-unknown": "provider",
        "asking.too-many-providers": "provider",
        "asking.provider-passes-no-incidents-on": "purposes",
    }

    tier = forms.ChoiceField(
        label=_("What you are to the customer"),
        choices=[(each, TIER_NAMES[each]) for each in ("direct", "reseller", "provider")],
        widget=forms.RadioSelect,
        initial="direct",
        error_messages={"required": _("Choose what you are to the customer.")},
    )
    provider = CleanText(
        most=20,
        required=False,
        label=_("Partner number of your indirect provider"),
        help_text=_("Only if you are an indirect reseller."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    purposes = forms.MultipleChoiceField(
        required=False,
        label=_("What you want to do"),
        choices=[(each, _PURPOSE_MEANINGS[each]) for each in PURPOSES],
        widget=forms.CheckboxSelectMultiple,
        initial=["submit", "read", "manage-contacts"],
        help_text=_("As little as you need. Whoever answers can grant less."),
    )
    units = _number(
        required=False,
        min_value=0,
        max_value=MOST_UNITS,
        label=_("Incidents that you want to spend in all"),
    )
    days = _number(
        label=_("For how many days"),
        initial=365,
        min_value=1,
        max_value=LONGEST_DAYS,
        error_messages={"required": _("Enter for how many days.")},
    )
    note = CleanText(
        most=MOST_NOTE,
        lines=True,
        required=False,
        label=_("A few words to whoever decides"),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(self, data: Any, *, of_provider: bool = False) -> None:
        super().__init__(data)
        if of_provider:
            del self.fields["tier"], self.fields["provider"], self.fields["units"]
            purposes = self.fields["purposes"]
            assert isinstance(purposes, forms.MultipleChoiceField)
            purposes.choices = [(each, _PURPOSE_MEANINGS[each]) for each in PURPOSES if each != "spend"]

    def wish(self) -> Wish:
        """What was typed."""
        purposes = cast("frozenset[Purpose]", frozenset(self.cleaned_data["purposes"]))
        return Wish(
            purposes=purposes,
            most_units=(self.cleaned_data.get("units") or 0) if "spend" in purposes else 0,
            days=self.cleaned_data["days"],
            tier=cast("Tier", self.cleaned_data.get("tier", "reseller")),
            note=self.cleaned_data["note"],
        )


class NameForm(RefusableForm):
    """What a support group is called."""

    places = {"group.name-missing": "name", "group.name-taken": "name"}

    name = CleanText(
        most=MOST_GROUP_NAME,
        label=_("Name of the group"),
        error_messages={"required": _("Enter a name for the group.")},
    )


class SubscriptionForm(RefusableForm):
    """A subscription that is added."""

    places = {
        "subscription.number-invalid": "number",
        "subscription.number-taken": "number",
        "subscription.too-many-tried": "number",
        "subscription.name-missing": "name",
    }

    number = CleanText(
        most=MOST_NUMBER,
        label=_("Number"),
        help_text=_("As it was issued. It names the subscription for good."),
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "spellcheck": "false", "autocapitalize": "none"}
        ),
        error_messages={"required": _("Enter the number of the subscription.")},
    )
    name = CleanText(
        most=MOST_SUBSCRIPTION_NAME,
        label=pgettext_lazy("subscription", "Name"),
        help_text=_("By which your people will know it."),
        error_messages={"required": _("Enter a name for the subscription.")},
    )


class RoleForm(RefusableForm):
    """A role on a subscription, for an account or for a support group."""

    places = {
        "role.nobody-there": "email",
        "role.too-many-addresses": "email",
        "role.unknown": "role",
        "acting.helpdesk-assigns-groups-only": "email",
    }

    role = forms.ChoiceField(
        label=_("Role"),
        choices=list(SUBSCRIPTION_ROLE_NAMES.items()),
        initial="contributor",
        help_text=_("All but readers may have something restored on the subscription."),
    )
    email = forms.CharField(
        required=False,
        max_length=254,
        label=_("E-mail address of the account"),
        widget=forms.EmailInput(attrs={"autocomplete": "off"}),
    )
    group = forms.TypedChoiceField(
        required=False, coerce=int, empty_value=None, label=_("Or a support group of yours")
    )

    def __init__(self, data: Any, *, groups: Sequence[tuple[int, str]], to_people: bool = True) -> None:
        super().__init__(data)
        field = self.fields["group"]
        assert isinstance(field, forms.TypedChoiceField)
        field.choices = [("", _("No group")), *groups]
        if not groups:
            del self.fields["group"]
        if not to_people:
            del self.fields["email"]
            field.label = _("Support group")

    def clean(self) -> None:
        email, group = self.cleaned_data.get("email"), self.cleaned_data.get("group")
        if bool(email) == bool(group) and not self.errors:
            field = "email" if "email" in self.fields else "group" if "group" in self.fields else None
            self.add_error(
                field,
                _("Enter an address or choose a group, not both.")
                if email
                else _("Say who is given the role."),
            )


class ChangeRoleForm(RefusableForm):
    """Another role in place of one that somebody has."""

    places = {"role.unknown": "role"}

    role = forms.ChoiceField(label=_("Role"), choices=list(SUBSCRIPTION_ROLE_NAMES.items()))


def _last_day(ends_at: datetime, zone: ZoneInfo) -> date:
    return (ends_at - timedelta(seconds=1)).astimezone(zone).date()
