"""Sentences and ways out for the reason codes of this room (ELI-10)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "agreement.not-registered": _(
        "It has not been added to %(account)s, the account you are signed in with."
    ),
    "agreement.registration-revoked": _("Its owner has withdrawn your access to it."),
    "agreement.suspended": _("It is suspended at the moment."),
    "agreement.payment-disputed": _("The payment for it was disputed, so it cannot be used."),
    "agreement.not-started": _("Its benefits start on %(starts_at)s."),
    "agreement.expired": _("Its benefits ended on %(ended_at)s."),
    "agreement.no-incidents-left": _("No incidents are left on it."),
    "agreement.no-hours-left": _("No advisory hours are left on it."),
    "agreement.no-whole-hour-left": _(
        "Only %(minutes)s min are left on it, and one hour is set aside when a request is sent."
    ),
    "agreement.advisory-hours-only": _("It holds advisory hours, which pay for advice and not for repairs."),
    "agreement.version-not-enabled": _("It does not cover this version of the product."),
    "agreement.mainstream-only": _(
        "It covers products in mainstream support only, and this version left mainstream support on %(until_on)s."
    ),
    "agreement.cloud-only": _("It covers cloud products only, and you chose an on-premises product."),
    "agreement.on-premises-only": _(
        "It covers recent on-premises products only, and you chose a cloud product."
    ),
    "agreement.channel-not-covered": _("It does not cover products of this kind."),
    "agreement.not-for-own-tenant": _(
        "It pays for requests that you make for your customers, not for your own tenant."
    ),
    "agreement.not-for-customers": _("It does not pay for requests that are made for a customer."),
    "agreement.other-support-needed": _(
        "It does not pay for requests that are made for a customer here. One of these programmes does: %(programmes)s."
    ),
    "agreement.already-registered": _(
        "This agreement is already registered with your account. If you do not see it among the plans you can use, "
        "look under the unavailable plans, where the reason stands."
    ),
    "agreement.no-seat-left": _(
        "As many accounts as its owner allows have already registered this agreement."
    ),
    "agreement.seat-limit-out-of-range": _("Enter a whole number from %(least)s to %(most)s."),
    "agreement.seat-limit-below-taken": _(
        "The limit cannot be below the number of accounts that have access now, which is %(taken)s. Withdraw access "
        "first, or allow more."
    ),
    "agreement.pair-replaced-already": _(
        "The pair has been replaced in the meantime. If nobody kept the new one, replace it again."
    ),
    "agreement.nobody-to-mail": _(
        "Nobody could be mailed the new pair. Name a primary programme contact first; until then you can suspend it."
    ),
    "agreement.owner-elsewhere": _("The owner has to be an account of the organization that can be used."),
    "agreement.owner-needed": _("Say who owns it: it is no organization's."),
    "agreement.for-oneself": _(
        "Nobody does this for themself or for their own organization at the service centre. Ask a colleague."
    ),
    "draw-order.not-yours": _("You cannot draw on this agreement, so it has no place in your order."),
    "correction.not-counted": _("What is not counted has no balance that could be corrected."),
    "correction.bought": _("It was bought. Units come with a purchase, and go with a refund."),
    "correction.units-out-of-range": _("Enter a whole number other than 0, of at most %(most)s."),
    "correction.below-nothing": _("Only %(left)s are left, and a balance cannot go below nothing."),
    "correction.ended": _("Its benefits have ended. Extend them first."),
    "correction.not-later": _("Choose a day after the last day that it has now, and after today."),
    "correction.too-far": _("Choose a day within the next %(years)s years."),
    "correction.ends-with-its-origin": _("It was set aside from another agreement, and ends with that one."),
    "correction.decided-already": _("Somebody has decided this in the meantime."),
    "correction.key-used-otherwise": _("This form was sent before, for something else. Begin anew."),
    "correction.own": _("You have asked for this yourself. Somebody else has to approve it."),
    "correction.for-oneself": _(
        "It would benefit yourself or your organization. A colleague whom it does not benefit has to approve it."
    ),
    "correction.suspended-already": _("It is suspended already."),
    "correction.not-suspended": _("It is not suspended any more."),
    "agreement.gone": _("This plan is no longer among yours. Choose another one."),
    "activation.done-before": _("It was activated for this term already."),
    "activation.done-lately": _(
        "It was activated within the last %(days)s days already, for another term. What is due all the same is issued "
        "by the service centre."
    ),
    "activation.waits-already": _("It waits for a second person of the service centre already."),
    "activation.no-competency": _("This location has no competency, which it needs for a kit of its own."),
    "activation.not-allowed": _(
        "Only an administrator or the primary programme contact of your organization may ask for this, and only the "
        "service centre activates kits."
    ),
    "activation.not-enrolled": _(
        "The organization is not enrolled in the partner network at a level that gets this programme."
    ),
    "activation.not-this-way": _("This programme is not activated in this way."),
    "issuance.for-nobody": _("Say for whom it is."),
    "issuance.members-are-organizations": _(
        "Members of this programme are organizations. Begin on the page of one."
    ),
    "issuance.membership-has-none": _(
        "A membership is not counted and has no pair: leave the number, the owner and the limit empty."
    ),
    "issuance.nobody-to-mail": _(
        "There is no primary programme contact who could be mailed the pair. Name one first, on the organization's "
        "page."
    ),
    "issuance.not-this-programme": _("Agreements of this programme are not issued by hand."),
    "issuance.owner-elsewhere": _("The owner has to be an account of the organization that can be used."),
    "issuance.too-far-away": _("Choose a first day within a year from today."),
    "issuance.units-out-of-range": _("Enter a whole number from 1 to %(most)s."),
    "pair-mail.location-unknown": _(
        "We do not know at which location of the partner this person works, so not in which country either."
    ),
    "pair-mail.no-address": _("There is no pair to be sent, or nobody to be written to."),
    "pair-mail.not-allowed": _("Only the service centre sends the IDs."),
    "pair-mail.not-of-organization": _("This person does not belong to the partner that has the benefits."),
    "pair-mail.other-country": _("This person works in another country than that of the benefits."),
    "pair-mail.primary-contact-only": _(
        "In this region, the IDs may be sent to the primary programme contact only."
    ),
    "pair-mail.suspended": _("The agreement is suspended at the moment. Its IDs are not sent."),
    "pair-mail.too-many": _("You have sent %(most)s pairs within a day, which is as many as one may."),
    "pair-mail.too-often": _(
        "The IDs of this agreement were sent %(most)s times within a day. Wait until tomorrow."
    ),
    "pair-mail.withdrawn": _(
        "This person's access to the agreement was withdrawn. Its owner can give it back."
    ),
    "set-aside.above-limit": _(
        "At most %(most)s may stand aside for this organization, and %(aside)s do already."
    ),
    "set-aside.more-than-left": _("Only %(left)s are left to be set aside."),
    "set-aside.no-relationship": _(
        "Units are set aside for your resellers and your customers. This organization is neither."
    ),
    "set-aside.no-units": _("Enter a whole number from 1 on."),
    "set-aside.recalls-more-than-left": _("Only %(left)s are not used yet and can be called back."),
    "ledger.posted-before": _("This request was already counted. Nothing was deducted again."),
    "pair.access-id-missing": _("Enter the Access ID."),
    "pair.contract-id-missing": _("Enter the Contract ID."),
    "pair.access-id-not-digits": _("An Access ID consists of digits only. Remove letters and other signs."),
    "pair.contract-id-not-digits": _(
        "A Contract ID consists of digits only. Remove letters and other signs."
    ),
    "pair.access-id-too-long": _(
        "This Access ID has %(length)s digits, which is too many. Check what was pasted."
    ),
    "pair.contract-id-too-long": _(
        "This Contract ID has %(length)s digits, which is too many. Check what was pasted."
    ),
    "pair.not-recognised": _(
        "We do not know this pair of Access ID and Contract ID. Enter every digit of both as they were issued: zeros "
        "at the start count."
    ),
    "pair.too-many-attempts": _(
        "Too many pairs were tried that we do not know. Wait up to %(minutes)s minutes, check the e-mail in which the "
        "IDs came, and try again."
    ),
}

# What somebody can do about it: the code of an action that the screens know.
REMEDIES = {
    "agreement.not-registered": "add-agreement",
    "agreement.registration-revoked": "ask-owner",
    "agreement.suspended": "ask-service-centre",
    "agreement.payment-disputed": "see-purchases",
    "agreement.not-started": "choose-another-plan",
    "agreement.expired": "renew",
    "agreement.no-incidents-left": "buy-incident",
    "agreement.no-hours-left": "ask-service-centre",
    "agreement.no-whole-hour-left": "ask-service-centre",
    "agreement.advisory-hours-only": "choose-another-plan",
    "agreement.version-not-enabled": "choose-another-product",
    "agreement.mainstream-only": "choose-another-product",
    "agreement.cloud-only": "choose-another-product",
    "agreement.on-premises-only": "choose-another-product",
    "agreement.channel-not-covered": "choose-another-plan",
    "agreement.not-for-own-tenant": "choose-another-plan",
    "agreement.not-for-customers": "choose-another-plan",
    "agreement.other-support-needed": "choose-another-plan",
    "agreement.already-registered": "see-unavailable-plans",
    "agreement.no-seat-left": "ask-owner",
    "agreement.seat-limit-out-of-range": "choose-again",
    "agreement.seat-limit-below-taken": "choose-again",
    "agreement.pair-replaced-already": "choose-again",
    "correction.not-counted": "choose-again",
    "correction.bought": "see-purchases",
    "correction.units-out-of-range": "choose-again",
    "correction.below-nothing": "choose-again",
    "correction.ended": "choose-again",
    "correction.not-later": "choose-again",
    "correction.too-far": "choose-again",
    "correction.ends-with-its-origin": "choose-again",
    "correction.decided-already": "choose-again",
    "correction.own": "choose-again",
    "correction.for-oneself": "choose-again",
    "correction.suspended-already": "choose-again",
    "correction.not-suspended": "choose-again",
    "agreement.nobody-to-mail": "choose-again",
    "agreement.owner-elsewhere": "choose-again",
    "agreement.owner-needed": "choose-again",
    "agreement.for-oneself": "choose-again",
    "issuance.for-nobody": "choose-again",
    "issuance.members-are-organizations": "choose-again",
    "issuance.membership-has-none": "choose-again",
    "issuance.nobody-to-mail": "choose-again",
    "issuance.not-this-programme": "choose-again",
    "issuance.owner-elsewhere": "choose-again",
    "issuance.too-far-away": "choose-again",
    "issuance.units-out-of-range": "choose-again",
    "agreement.gone": "choose-another-plan",
    "ledger.posted-before": "see-requests",
    "pair.access-id-missing": "check-ids",
    "pair.contract-id-missing": "check-ids",
    "pair.access-id-not-digits": "check-ids",
    "pair.contract-id-not-digits": "check-ids",
    "pair.access-id-too-long": "check-ids",
    "pair.contract-id-too-long": "check-ids",
    "pair.not-recognised": "check-ids",
    "pair.too-many-attempts": "ask-service-centre",
}
