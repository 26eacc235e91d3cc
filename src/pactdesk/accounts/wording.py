"""Sentences for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "account.profile-incomplete": _("Complete your profile first. You do this once, in the portal."),
    "typed.hidden-characters": _(
        "This text contains hidden characters (%(found)s). Delete them, or type the text again."
    ),
    "typed.too-long": _("This is %(length)s characters long. Shorten it to %(most)s."),
    "token.name-missing": _("Enter a name by which you will know it again."),
    "token.scope-missing": _("Choose what it may be used for."),
    "token.scope-unknown": _("There is nothing that can be allowed under these names: %(scopes)s."),
    "token.lifetime-unknown": _("Choose one of these numbers of days: %(days)s."),
    "token.too-many": _(
        "This account has %(most)s tokens and clients, which is as many as it may have. Revoke one that is not used."
    ),
    "role.last-administrator": _(
        "Your organization needs a global administrator. Make somebody else one first, then take this role away."
    ),
    "competency.known": _("The location has this competency already."),
    "competency.not-yet": _("Choose today or an earlier day."),
    "enrolment.anew": _(
        "A term at this level began less than ten months before or after that. A term is not entered anew: what is due "
        "all the same is issued, by two people where it is much."
    ),
    "enrolment.own": _("Nobody enrols their own organization. Ask a colleague."),
    "enrolment.ends-before-it-begins": _("The last day has to come after the day of the renewal."),
    "enrolment.not-within": _("Choose a day from %(from_on)s to %(to_on)s."),
    "enrolment.overlaps": _(
        "There is a term at this level already that overlaps with it. End that one first."
    ),
    "enrolment.too-far-away": _("Choose a renewal within a year from today."),
    "enrolment.too-long": _("A term lasts three years at most."),
    "organization.contact-elsewhere": _("There is no account with this address in the organization."),
    "contact.time-zone-unknown": _("Choose a time zone from the list."),
    "contact.phone-needs-country-code": _(
        "Start the number with + and the country code, for example +420 for the Czech Republic."
    ),
    "contact.phone-invalid": _(
        "This is not a phone number we could call. Check the digits and the country code."
    ),
}
