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
    "delegation.used-up": "choose-another-plan",
}
