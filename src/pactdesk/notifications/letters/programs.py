"""Letters to owners of webhook endpoints."""

from __future__ import annotations

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from pactdesk.accounts import queries as accounts
from pactdesk.journal import queries as journal
from pactdesk.kernel.moments import instant_in_words
from pactdesk.notifications.letters.layout import Draft, drawn
from pactdesk.notifications.queries import webhooks
from pactdesk.notifications.services.outbox import Letter


def endpoint_disabled(fact_id: int) -> Letter | None:
    """To the owner of an endpoint that is not called any more; None where that is known, or nobody is left."""
    fact = journal.fact(fact_id)
    endpoint = webhooks.endpoint_of_anybody(fact.subject_id)
    if endpoint is None or fact.actor_id == endpoint.account_id:
        return None
    owner = accounts.addressees([endpoint.account_id]).get(endpoint.account_id)
    if owner is None:
        return None
    language = owner.language or settings.LANGUAGE_CODE
    with translation.override(language):
        at = instant_in_words(fact.at, owner.time_zone or "UTC", language)
        draft = Draft(
            subject=_("Your webhook endpoint was switched off"),
            name=owner.name,
            sentences=(
                _("since %(at)s we no longer call this address: %(url)s")
                % {"at": at, "url": fact.payload["url"]},
                _reason(fact.payload["reason"]),
            ),
            then=(
                _(
                    "What could not be delivered is kept for 30 days. Once the endpoint answers again, switch it on "
                    "and have it sent again."
                ),
            ),
            link_url=f"{settings.BASE_URL}/profile/webhooks/{endpoint.endpoint_id}/",
            link_label=_("Open the endpoint"),
            why=_("You get this e-mail because the endpoint is yours."),
        )
        text, html = drawn(draft, language=language)
    return Letter(
        key=f"webhook.endpoint-disabled:{fact.id}",
        kind="endpoint-disabled",
        to_address=owner.email,
        language=language,
        subject=draft.subject,
        text=text,
        html=html,
        fact_id=fact.id,
        account_id=owner.account_id,
    )


def _reason(code: str) -> str:
    if code == "gone":
        return _("It answered that it is gone (410).")
    if code == "operator":
        return _("An operator has switched it off.")
    return _("For five days every call to it has failed.")
