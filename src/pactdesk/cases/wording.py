"""Sentences and ways out for the reason codes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "advice.not-paid-in-hours": _("Time is written only where advisory hours pay for a request."),
    "advice.minutes-out-of-range": _("Enter a whole number of minutes from 1 to %(most)s."),
    "advice.too-much-together": _("On one request at most %(most)s hours can be written in all."),
    "advice.more-than-left": _("Less is left on the plan than this time costs. Ask for more hours first."),
    "advice.reopening-takes-more": _(
        "Reopening it takes %(takes)s min of advice, and less than that is left on the plan. Ask for more hours first."
    ),
    "advice.day-out-of-time": _("Choose a day from the one on which the request was sent to today."),
    "contact.of-the-customer": _(
        "%(address)s is one of the customer's. Name how to reach your own people; we never contact the customer."
    ),
    "contact.is-primary": _("This person is already the primary contact."),
    "contact.shared-with-primary": _(
        "%(address)s is the primary contact and is also shared with. Remove one of the two."
    ),
    "contact.named-twice": _("This person is already on the list."),
    "contact.too-many": _("A request can be shared with %(most)s people. Remove somebody first."),
    "contact.primary-stays": _("The primary contact cannot be removed: somebody has to be talked to."),
    "contact.not-yours-to-remove": _(
        "You can take yourself off the request. Others are removed by the primary contact."
    ),
    "invitation.not-valid": _("This invitation does not hold, or no longer."),
    "invitation.in-already": _("You see this request already."),
    "invitation.sees-it-already": _("This person sees the request already."),
    "invitation.only-a-test": _("This request is only a test: nobody is written to."),
    "invitation.too-many": _("An invitation was sent within the last day. Try again tomorrow."),
    "invitation.nobody-there": _("This person is no longer a contact of the request."),
    "message.empty": _("Write something first."),
    "message.too-long": _("This is %(length)s characters long. Shorten it to %(most)s."),
    "message.hidden-characters": _(
        "This text contains hidden characters (%(found)s). Delete them, or type the text again."
    ),
    "message.key-taken": _(
        "This was sent before under another name. Open the page again and send it from there."
    ),
    "case.is-closed": _("This request is closed. Reopen it first."),
    "case.changed-meanwhile": _(
        "Somebody changed this request while you were working on it. Look at what is new, then send again."
    ),
    "case.cannot-assign": _("In this status the request cannot be assigned."),
    "case.cannot-release": _("In this status the request cannot be given back to the queue."),
    "case.cannot-start": _("This request is in progress already, or closed."),
    "case.cannot-ask": _("In this status the request cannot wait for the requester."),
    "case.cannot-hear": _("This request does not wait for an answer."),
    "case.cannot-wake": _("This request does not wait for the requester."),
    "case.cannot-resolve": _("This request is resolved already, or closed."),
    "case.cannot-close": _("This request is closed already."),
    "case.cannot-reopen": _("This request is open already."),
    "case.cannot-take-back": _("This cannot be undone any more."),
    "case.not-yours-to-do": _("Only an engineer can do this."),
    "case.outcome-missing": _("Say whether the request counts."),
    "case.cause-missing": _("Say why the request does not count."),
    "case.cause-unwanted": _("A request that counts has no cause for not counting."),
    "case.own-not-counted": _(
        "You submitted this request or are a contact in it. A colleague has to say that it does not count."
    ),
    "case.severity-at-rest": _(
        "This request is solved or closed, so nothing is owed in it. Take it up again before you change its severity."
    ),
    "case.attempt-out-of-time": _("Enter a time between the sending of the request and now."),
    "case.only-a-manager": _("Only the manager of the request's team can do this."),
    "case.answered-already": _("The first answer was given already, so its clock does not change any more."),
    "case.start-not-earlier": _("Choose a time before the request was sent."),
    "case.owner-not-in-team": _("Only an engineer of the request's team can own it."),
    "case.team-gone": _("This team is no longer there. Choose another one."),
    "case.until-in-the-past": _("Choose a time that is still to come."),
    "case.same-request": _("This is the same request. Name another one."),
    "case.other-customer": _("The two requests are of different customers, who must not see each other's."),
    "case.only-one-is-a-test": _("One of the two requests is only a test."),
    "contact.name-missing": _("Enter a name."),
    "contact.phone-missing": _("Enter a phone number."),
    "contact.email-invalid": _("This is not an e-mail address."),
    "contact.language-unknown": _("Choose a language."),
    "intake.product-unknown": _("Choose the product that this is about."),
    "intake.version-unknown": _("Choose the version."),
    "intake.usage-missing": _("Say how you use the product."),
    "intake.category-unknown": _("Choose a category."),
    "intake.problem-unknown": _("Choose what comes closest."),
    "intake.summary-missing": _("Say in one sentence what is wrong."),
    "intake.description-missing": _("Describe what happens. It gives you a better first answer."),
    "intake.answer-missing": _("Answer this question: %(question)s"),
    "intake.answer-unknown": _("Choose one of the answers that are offered: %(question)s"),
    "intake.answer-not-a-number": _("Answer with a whole number, in digits: %(question)s"),
    "intake.hours-missing": _("Choose when we should work on it."),
    "intake.country-unknown": _("Choose the country you are in. It decides which team helps you."),
    "intake.call-back-not-a-day": _("Choose a day, such as 2026-11-20."),
    "intake.call-back-past": _("Choose a day for the call that is still to come."),
    "intake.call-back-too-far": _("Choose a day for the call within the next %(days)s days."),
    "intake.call-back-window-unknown": _("Choose one of the parts of the day that are offered."),
    "escalation.nobody-there": _(
        "Nobody has taken this request over yet, and no manager is named for its team. Write in the request what is "
        "wrong."
    ),
    "escalation.nobody-above": _("Everybody above the engineers knows already, or nobody is named there."),
    "escalation.only-a-test": _("This request is only a test: nobody is told."),
    "escalation.everybody-told": _(
        "Everybody who could help has been told already, and nobody has taken it up yet. Your request is not forgotten."
    ),
    "file.empty": _("%(name)s is empty."),
    "file.too-large": _("%(name)s is larger than %(most)s MB."),
    "file.too-many": _("%(name)s is one too many: a request can have %(most)s files."),
    "file.request-full": _(
        "%(name)s does not fit in any more: the files of a request can have %(most)s MB together."
    ),
    "file.agreement-full": _(
        "%(name)s does not fit in any more: the files of all requests of an agreement can have %(most)s MB together."
    ),
    "file.day-full": _("%(name)s is too much for today: %(most)s MB can be sent within a day."),
    "file.too-much-at-once": _("These files are too large to be sent together. Send them in turns."),
    "file.not-complete": _("%(name)s is not there completely yet. Wait for it, or remove it."),
    "file.gap": _("Something of this file is missing. Choose it again to go on where it stopped."),
    "file.cut-short": _("The connection broke off. Choose the file again to go on where it stopped."),
    "file.longer-than-announced": _("This file grew while it was being sent. Choose it again."),
    "file.storage-full": _("There is no room left for files at the moment. Try again later."),
    "file.storage-away": _("Files cannot be stored at the moment. Try again in a few minutes."),
    "file.not-yours-to-remove": _("This file is part of the request. An engineer can remove it for you."),
    "file.cannot-be-had": _(
        "%(name)s cannot be fetched: it is not complete, not checked yet, refused or removed."
    ),
    "file.infected": _("Refused and deleted: the virus check found something in this file."),
    "file.unreadable": _("Refused: this file was damaged after it was sent. Send it again."),
    "reply.name-missing": _("Enter a name of at most %(most)s characters."),
    "reply.english-missing": _("Write the text in English: it is used where a language is missing."),
    "reply.changed-meanwhile": _(
        "Somebody changed this text while you were working on it. Look at it again before you change it."
    ),
    "intake.step-missing": _("Answer this step first."),
    "intake.product-gone": _("This product is no longer in the catalogue. Choose another one."),
    "intake.plan-missing": _("Choose the plan that pays for this request."),
    "intake.severity-missing": _("Choose how badly this affects you."),
    "intake.night-contact-missing": _(
        "Support around the clock needs somebody we can call day and night. Name that person, with a phone number, or "
        "choose business hours."
    ),
    "intake.only-critical-around-the-clock": _("Only the most severe requests are handled around the clock."),
    "intake.customer-not-confirmed": _("Confirm that this request is for %(customer)s."),
    "intake.terms-not-accepted": _("Accept the service agreement to send the request."),
    "draft.discarded": _("This draft was discarded, so it cannot be sent."),
    "severity.as-before": _("The request is kept like that already, as severity %(severity)s."),
    "severity.nothing-to-restore": _(
        "There is nothing to restore: the request was not lowered, or its severity was changed since."
    ),
}

REMEDIES = {
    "advice.reopening-takes-more": "ask-service-centre",
    "contact.of-the-customer": "change-contacts",
    "intake.customer-not-confirmed": "go-on",
    "contact.is-primary": "change-contacts",
    "contact.shared-with-primary": "change-contacts",
    "contact.named-twice": "change-contacts",
    "contact.too-many": "change-contacts",
    "contact.primary-stays": "change-contacts",
    "contact.not-yours-to-remove": "change-contacts",
    "case.is-closed": "reopen",
    "contact.name-missing": "change-contacts",
    "contact.phone-missing": "change-contacts",
    "contact.email-invalid": "change-contacts",
    "contact.language-unknown": "change-contacts",
    "intake.product-unknown": "choose-another-product",
    "intake.version-unknown": "go-on",
    "intake.usage-missing": "go-on",
    "intake.category-unknown": "go-on",
    "intake.problem-unknown": "go-on",
    "intake.summary-missing": "go-on",
    "intake.description-missing": "go-on",
    "intake.answer-missing": "go-on",
    "intake.answer-unknown": "go-on",
    "intake.answer-not-a-number": "go-on",
    "intake.hours-missing": "go-on",
    "intake.country-unknown": "go-on",
    "escalation.everybody-told": "go-on",
    "intake.call-back-not-a-day": "go-on",
    "intake.call-back-past": "go-on",
    "intake.call-back-too-far": "go-on",
    "intake.call-back-window-unknown": "go-on",
    "intake.step-missing": "go-on",
    "intake.product-gone": "choose-another-product",
    "intake.plan-missing": "choose-another-plan",
    "intake.severity-missing": "go-on",
    "intake.night-contact-missing": "go-on",
    "intake.only-critical-around-the-clock": "go-on",
    "intake.terms-not-accepted": "go-on",
    "draft.discarded": "start-again",
    "severity.as-before": "choose-again",
    "severity.nothing-to-restore": "choose-again",
}
