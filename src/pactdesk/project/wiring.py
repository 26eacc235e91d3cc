"""Who is told of what. One screen: a fact's code on the left, those who listen on the right."""

from __future__ import annotations

from pactdesk.cases import tasks as cases
from pactdesk.journal import services as journal
from pactdesk.notifications import tasks as notifications
from pactdesk.purchases import tasks as purchases


def connect() -> None:
    """Hand the table to the journal. Called once at start."""
    journal.listen(
        {
            "case.opened": (
                notifications.queue_letters,
                notifications.queue_notices_of_use,
                notifications.queue_webhooks,
                cases.queue_indexing,
                cases.queue_assignment,
            ),
            "case.message-added": (
                notifications.queue_letters,
                notifications.queue_webhooks,
                cases.queue_indexing,
            ),
            "case.assigned": (
                notifications.queue_letters,
                notifications.queue_webhooks,
            ),
            "case.released": (cases.queue_assignment,),
            "case.transferred": (
                notifications.queue_letters,
                cases.queue_assignment,
            ),
            "case.status-changed": (
                notifications.queue_letters,
                notifications.queue_webhooks,
            ),
            "case.contact-added": (
                notifications.queue_letters,
                notifications.queue_webhooks,
                cases.queue_indexing,
            ),
            "case.contact-removed": (
                notifications.queue_letters,
                notifications.queue_webhooks,
                cases.queue_indexing,
            ),
            "case.contact-invited": (notifications.queue_letters,),
            "case.invitation-accepted": (),
            "case.closed": (
                notifications.queue_letters,
                notifications.queue_webhooks,
                purchases.queue_refund,
            ),
            "case.reopened": (
                notifications.queue_letters,
                notifications.queue_webhooks,
            ),
            "case.merged": (
                notifications.queue_letters,
                notifications.queue_webhooks,
            ),
            # Steps of a timer: who is told of them is in the fact (`audience`).
            "case.promise-at-risk": (notifications.queue_letters,),
            "case.promise-broken": (
                notifications.queue_letters,
                cases.queue_escalation,
            ),
            "case.escalated": (notifications.queue_letters,),
            "case.escalation-taken-up": (notifications.queue_letters,),
            "case.danger-taken-up": (),
            "case.severity-changed": (
                notifications.queue_letters,
                notifications.queue_webhooks,
                cases.queue_assignment,
            ),
            "case.severity-lowered": (
                notifications.queue_letters,
                notifications.queue_webhooks,
            ),
            "case.severity-restored": (
                notifications.queue_letters,
                notifications.queue_webhooks,
                cases.queue_assignment,
            ),
            "case.reaching-tried": (),
            "case.clock-set-back": (),
            "case.calendar-changed": (),
            "case.time-written": (),
            "case.time-corrected": (),
            "case.time-removed": (),
            "case.linked": (),
            "case.unlinked": (),
            "case.file-added": (
                notifications.queue_letters,
                notifications.queue_webhooks,
            ),
            "case.file-removed": (),
            # Noticed behind the ledger, or by time alone.
            "agreement.balance-low": (
                notifications.queue_letters_about_balances,
                notifications.queue_webhooks,
            ),
            "agreement.ending-soon": (
                notifications.queue_letters_about_balances,
                notifications.queue_webhooks,
            ),
            "webhook.deliveries-queued": (notifications.queue_deliveries,),
            "webhook.endpoint-disabled": (notifications.queue_notice_of_disabled_endpoint,),
            "webhook.endpoint-added": (),
            "webhook.endpoint-changed": (),
            "webhook.endpoint-enabled": (),
            "webhook.endpoint-removed": (),
            "webhook.secret-replaced": (),
            # Kept for whoever asks later what an owner or an operator did; nobody is told.
            "account.client-issued": (),
            "account.client-revoked": (),
            "account.moved": (),
            "account.role-given": (),
            "account.role-taken": (),
            "account.token-issued": (),
            "account.token-revoked": (),
            "agreement.carried-over": (),
            "agreement.correction-asked": (notifications.queue_letters_about_approvals,),
            "agreement.correction-decided": (notifications.queue_letters_about_approvals,),
            "agreement.activated": (),
            "agreement.issued": (),
            "agreement.owner-changed": (notifications.queue_notices_of_ownership,),
            "agreement.pair-mailed": (notifications.queue_letters_about_pairs,),
            "agreement.pair-replaced": (notifications.queue_notices_of_ownership,),
            "agreement.resumed": (),
            "agreement.suspended": (),
            "agreement.programme-joined": (),
            "agreement.set-aside-limited": (),
            "agreement.units-recalled": (),
            "agreement.units-set-aside": (),
            "agreement.registration-restored": (),
            "agreement.registered": (
                notifications.queue_notices_of_sharing,
                notifications.queue_webhooks,
            ),
            "agreement.registration-revoked": (),
            "agreement.seat-limit-changed": (),
            "delegation.asked": (),
            "delegation.changed": (notifications.queue_letters_about_rights,),
            "delegation.granted": (notifications.queue_letters_about_rights,),
            "delegation.refused": (notifications.queue_letters_about_rights,),
            "delegation.revoked": (notifications.queue_letters_about_rights,),
            "delegation.withdrawn": (),
            "engineer.terms-changed": (),
            "import.applied": (),
            "issuance.asked": (notifications.queue_letters_about_approvals,),
            "issuance.decided": (notifications.queue_letters_about_approvals,),
            "mail.discarded": (),
            "mail.released": (),
            "card.closed": (),
            "card.opened": (notifications.queue_letters_about_cards,),
            "card.removed": (),
            "card.saved": (),
            "organization.competency-earned": (),
            "organization.competency-taken": (),
            "organization.contact-changed": (),
            "organization.enrolled": (),
            "organization.enrolment-ended": (),
            "organization.location-changed": (),
            "purchase.amount-differs": (),
            "purchase.dispute-lost": (notifications.queue_letters_about_purchases,),
            "purchase.dispute-won": (notifications.queue_letters_about_purchases,),
            "purchase.disputed": (notifications.queue_letters_about_purchases,),
            "purchase.failed": (notifications.queue_letters_about_purchases,),
            "purchase.granted": (notifications.queue_letters_about_purchases,),
            "purchase.ordered": (),
            "purchase.paid": (),
            "purchase.refund-begun": (),
            "purchase.refunded": (notifications.queue_letters_about_purchases,),
            "subscription.added": (),
            "subscription.ended": (),
            "subscription.role-given": (),
            "subscription.role-taken": (),
            "support-group.created": (),
            "support-group.deleted": (),
            "support-group.members-changed": (),
            "support-group.renamed": (),
        }
    )
