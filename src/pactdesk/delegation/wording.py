"""Sentences for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "acting.administrator-needed": _("Only a global administrator of your organization may do this."),
    "acting.delegation-ended": _("The rights that this customer granted to your organization have run out."),
    "acting.delegation-missing": _("This customer has not granted your organization any rights."),
    "acting.delegation-revoked": _(
        "This customer has taken back the rights that it had granted to your organization."
    ),
    "acting.helpdesk-assigns-groups-only": _(
        "A helpdesk administrator gives roles on subscriptions to support groups, not to single people."
    ),
    "acting.helpdesk-not-on-subscriptions": _(
        "A helpdesk administrator cannot make requests on a customer's subscription. A support group that has a role "
        "on the subscription can."
    ),
    "acting.in-own-name": _(
        "Products that run on somebody's own machines are not tied to a tenant. Make this request in your own name."
    ),
    "acting.provider-grant-missing": _(
        "As an indirect reseller you need access to this customer's subscription from your indirect provider first."
    ),
    "acting.purpose-missing": _("The rights that this customer granted do not include this."),
    "acting.role-missing": _(
        "Only global administrators and helpdesk administrators of your organization act for customers."
    ),
    "acting.subscription-ended": _("This subscription has ended. Choose another one."),
    "acting.subscription-missing": _("Choose the subscription that this is about."),
    "acting.subscription-role-missing": _(
        "You have no role on this subscription that lets us restore something on it: owner, administrator, "
        "co-administrator or contributor."
    ),
    "asking.days-out-of-range": _("Enter a number of days: from 1 to %(most)s."),
    "asking.longer-than-asked": _("That is longer than was asked for, which is until %(ends_at)s."),
    "asking.more-than-asked": _("You can grant what was asked for or less, but no more."),
    "asking.not-valid": _("This link does not work any more."),
    "asking.nothing-to-pass-on": _(
        "Your organization holds no rights for this customer that it could pass on. Ask the customer for them first."
    ),
    "asking.provider-passes-no-incidents-on": _(
        "A provider does not pass on incidents of the customer. Ask the customer for that."
    ),
    "asking.provider-unknown": _("There is no indirect provider with this partner number."),
    "asking.too-many-open": _(
        "%(most)s of your links are still open, which is as many as there may be. Withdraw one that is not needed."
    ),
    "asking.too-many-providers": _(
        "Too many partner numbers that are nobody's. Wait an hour, and ask your provider for its number before you try "
        "again."
    ),
    "customer.not-found": _(
        "You have no role on a subscription with this number of an organization with this domain name. Check both."
    ),
    "customer.too-many-tried": _(
        "Too many customers that were not found. Wait an hour, and look the names up before you try again."
    ),
    "delegation.ends-in-the-past": _("Choose a day that lies ahead."),
    "delegation.fewer-than-spent": _("%(spent)s incidents are spent already. Allow at least as many."),
    "delegation.gone": _("This does not hold any more, so it cannot be changed."),
    "delegation.longer-than-held": _("You cannot pass this on for longer than you hold it yourself."),
    "delegation.more-than-held": _("You cannot pass on more than you hold yourself."),
    "delegation.purpose-missing": _("Choose at least one purpose."),
    "delegation.spending-needs-submitting": _("Incidents can be spent only by whoever may submit requests."),
    "delegation.too-long": _("Rights are granted for %(days)s days at most."),
    "delegation.units-out-of-range": _("Enter how many incidents may be spent: from 1 to %(most)s."),
    "delegation.used-up": _("All incidents that this customer allowed your organization to spend are spent."),
    "group.full": _("This group has %(most)s members, which is as many as it may have."),
    "group.name-missing": _("Enter a name for the group."),
    "group.name-taken": _("Your organization has a group with this name already."),
    "group.too-many": _(
        "Your organization has %(most)s groups, which is as many as it may have. Delete one that is not used."
    ),
    "role.given-by-customer": _(
        "The customer itself has given this role. Only the customer can change it or take it away."
    ),
    "role.nobody-there": _("There is no account at this address that may be given a role here."),
    "role.too-many": _("%(most)s roles on this subscription are given, which is as many as there may be."),
    "role.too-many-addresses": _(
        "Too many addresses at which there was nobody. Wait an hour, and look the address up before you try again."
    ),
    "role.unknown": _("Choose one of the roles."),
    "subscription.ended": _("This subscription has ended. Roles on it open nothing."),
    "subscription.name-missing": _("Enter a name for the subscription."),
    "subscription.number-invalid": _(
        "Enter the number as it was issued: 4 to 64 letters without accents, digits, dots, hyphens and underscores."
    ),
    "subscription.number-taken": _(
        "A subscription with this number cannot be added. Check the number, or ask the service centre."
    ),
    "subscription.too-many-tried": _(
        "Too many numbers that another organization has. Wait an hour, and look the number up before you try again."
    ),
    "subscription.too-many": _(
        "%(most)s subscriptions are open, which is as many as there may be. End one that is not used."
    ),
}

PURPOSE_NAMES = {
    "submit": _("Make requests"),
    "read": _("Read requests"),
    "manage-contacts": _("Add and remove contacts"),
    "spend": _("Spend incidents"),
}
TIER_NAMES = {
    "provider": _("Indirect provider"),
    "reseller": _("Indirect reseller"),
    "direct": _("Direct partner"),
}
ROLE_NAMES = {
    "global-administrator": _("Global administrator"),
    "helpdesk-administrator": _("Helpdesk administrator"),
}
SUBSCRIPTION_ROLE_NAMES = {
    "owner": _("Owner"),
    "administrator": _("Administrator"),
    "co-administrator": _("Co-administrator"),
    "contributor": _("Contributor"),
    "reader": _("Reader"),
}

# What can be done about it, where that is not in the field beside the sentence.
REMEDIES = {
    "acting.delegation-ended": "ask-for-rights",
    "acting.delegation-missing": "ask-for-rights",
    "acting.delegation-revoked": "ask-for-rights",
    "acting.helpdesk-not-on-subscriptions": "see-support-groups",
    "acting.in-own-name": "request-in-own-name",
    "acting.provider-grant-missing": "ask-provider",
    "acting.purpose-missing": "ask-for-rights",
    "acting.role-missing": "ask-administrator",
    "acting.subscription-ended": "choose-again",
    "acting.subscription-missing": "choose-again",
    "acting.subscription-role-missing": "ways-in-scope",
    "customer.not-found": "choose-again",
    "delegation.used-up": "choose-another-plan",
}
