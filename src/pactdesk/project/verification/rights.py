"""Whoever acted for a customer did so under a right, and rights hold no more than they should (OBO-3, OBO-4)."""

from __future__ import annotations

from pactdesk.project.verification.check import Check

CHECKS = (
    Check(
        code="customer-under-right",
        claim="each names the right under which it was made, and that is one for this customer",
        of="requests for customers",
        counts="SELECT count(*) FROM cases_case WHERE customer_id IS NOT NULL",
        finds="""
            SELECT made.id AS place,
              'PD-' || made.id || ' for organization ' || made.customer_id || ': delegation '
                || coalesce(made.delegation_id::text, 'none') || ', subscription '
                || coalesce(made.subscription_id::text, 'none') AS what
            FROM cases_case AS made
            LEFT JOIN delegation_delegation AS under ON under.id = made.delegation_id
            LEFT JOIN delegation_subscription AS subscription ON subscription.id = made.subscription_id
            WHERE made.customer_id IS NOT NULL AND (
              (under.id IS NULL AND subscription.id IS NULL)
              OR under.customer_id <> made.customer_id
              OR (under.id IS NOT NULL AND under.partner_id IS DISTINCT FROM made.organization_id)
              OR subscription.organization_id <> made.customer_id
            )
        """,
    ),
    Check(
        code="contact-knows-customer",
        claim="each knows for which customer and on which subscription its request is",
        of="contacts",
        counts="SELECT count(*) FROM cases_contact",
        finds="""
            SELECT contact.id AS place,
              'contact ' || contact.id || ' of PD-' || made.id || ': organization '
                || coalesce(contact.customer_id::text, 'none') || ', the request '
                || coalesce(made.customer_id::text, 'none') AS what
            FROM cases_contact AS contact JOIN cases_case AS made ON made.id = contact.case_id
            WHERE contact.customer_id IS DISTINCT FROM made.customer_id
              OR (made.customer_id IS NOT NULL AND contact.subscription_id IS DISTINCT FROM made.subscription_id)
        """,
    ),
    Check(
        code="passed-on-within",
        claim="each holds no longer and for no more than that from which it was passed on",
        of="delegations that were passed on",
        counts="SELECT count(*) FROM delegation_delegation WHERE parent_id IS NOT NULL",
        finds="""
            SELECT child.id AS place,
              'delegation ' || child.id || ' was passed on from ' || parent.id || ' and holds more than it' AS what
            FROM delegation_delegation AS child JOIN delegation_delegation AS parent ON parent.id = child.parent_id
            WHERE child.revoked_at IS NULL AND (
              parent.revoked_at IS NOT NULL OR child.ends_at > parent.ends_at OR child.customer_id <> parent.customer_id
              OR child.grantor_id <> parent.partner_id OR child.may_submit > parent.may_submit
              OR child.may_read > parent.may_read OR child.may_manage_contacts > parent.may_manage_contacts
            )
        """,
    ),
    Check(
        code="allowance-as-charged",
        claim="each has spent what the requests under it are charged to the customer's own agreements",
        of="delegations that allow spending",
        counts="SELECT count(*) FROM delegation_delegation WHERE most_units > 0",
        finds="""
            SELECT allowed.id AS place,
              'delegation ' || allowed.id || ': ' || allowed.units_spent || ' spent, ' || coalesce(charged, 0)
                || ' charged' AS what
            FROM delegation_delegation AS allowed
            LEFT JOIN (
              -- What is paid in hours spends one, however many minutes it costs.
              SELECT made.delegation_id, sum(CASE WHEN programme.unit = 'advisory_hour'
                THEN least(made.charged_units, 1) ELSE made.charged_units END) AS charged
              FROM cases_case AS made JOIN agreements_agreement AS agreement ON agreement.id = made.agreement_id
              JOIN catalog_programme AS programme ON programme.id = agreement.programme_id
              WHERE made.delegation_id IS NOT NULL AND agreement.organization_id = made.customer_id
              GROUP BY made.delegation_id
            ) AS posted ON posted.delegation_id = allowed.id
            WHERE allowed.units_spent <> coalesce(charged, 0)
        """,
    ),
)
