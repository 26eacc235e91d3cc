"""What an endpoint may be."""

from __future__ import annotations

from collections.abc import Sequence

from pactdesk.kernel.decisions import ALLOWED, Decision, Reason
from pactdesk.kernel.outbound import Borders, read_url
from pactdesk.kernel.text import hidden_characters
from pactdesk.notifications.rules.events import EVENT_TYPES

MOST_ENDPOINTS = 10  # of one account
MOST_DESCRIPTION = 200  # characters
MOST_TESTS_AN_HOUR = 20


def endpoint_fits(url: str, description: str, events: Sequence[str], borders: Borders) -> Decision:
    """Whether an endpoint may be kept like this, with every reason why not."""
    decision = ALLOWED
    target = read_url(url, borders)
    if isinstance(target, Reason):
        decision = decision.and_also([target])
    if len(description) > MOST_DESCRIPTION:
        decision = decision.and_also([Reason("webhook.description-too-long", {"most": MOST_DESCRIPTION})])
    if hidden_characters(description):
        decision = decision.and_also([Reason("webhook.description-hidden-characters")])
    if not events:
        decision = decision.and_also([Reason("webhook.no-events")])
    if unknown := [each for each in events if each not in EVENT_TYPES]:
        decision = decision.and_also([Reason("webhook.unknown-event", {"event": unknown[0][:40]})])
    return decision


def may_add_another(count: int) -> Decision:
    """Whether an account with so many endpoints may have one more."""
    if count >= MOST_ENDPOINTS:
        return Decision((Reason("webhook.too-many-endpoints", {"most": MOST_ENDPOINTS}),))
    return ALLOWED


def may_be_tested(tests_within_the_hour: int) -> Decision:
    """Whether a test may be sent once more: nobody makes us knock at a stranger's door without end."""
    if tests_within_the_hour >= MOST_TESTS_AN_HOUR:
        return Decision((Reason("webhook.too-many-tests", {"most": MOST_TESTS_AN_HOUR}),))
    return ALLOWED
