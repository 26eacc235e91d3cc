"""Sentences and ways out for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "contact.is-primary": _("This person is already the primary contact."),
    "contact.shared-with-primary": _(
        "%(address)s is the primary contact and is also shared with. Remove one of the two."
    ),
    "contact.named-twice": _("This person is already on the list."),
    "contact.too-many": _("A request can be shared with %(most)s people. Remove somebody first."),
    "intake.step-missing": _("Answer this step first."),
    "intake.product-gone": _("This product is no longer in the catalogue. Choose another one."),
    "intake.plan-missing": _("Choose the plan that pays for this request."),
    "intake.severity-missing": _("Choose how badly this affects you."),
    "intake.night-contact-missing": _(
        "Support around the clock needs somebody we can call day and night. Name that person, with a phone number, or "
        "choose business hours."
    ),
    "intake.only-critical-around-the-clock": _("Only the most severe requests are handled around the clock."),
    "intake.terms-not-accepted": _("Accept the service agreement to send the request."),
    "draft.discarded": _("This draft was discarded, so it cannot be sent."),
}

REMEDIES = {
    "contact.is-primary": "change-contacts",
    "contact.shared-with-primary": "change-contacts",
    "contact.named-twice": "change-contacts",
    "contact.too-many": "change-contacts",
    "intake.step-missing": "go-on",
    "intake.product-gone": "choose-another-product",
    "intake.plan-missing": "choose-another-plan",
    "intake.severity-missing": "go-on",
    "intake.night-contact-missing": "go-on",
    "intake.only-critical-around-the-clock": "go-on",
    "intake.terms-not-accepted": "go-on",
    "draft.discarded": "start-again",
}
