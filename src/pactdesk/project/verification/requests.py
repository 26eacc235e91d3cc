"""Each request was paid once, comes from its draft, and has people who see it (AGR-6, WIZ-8, REQ-1)."""

from __future__ import annotations

from pactdesk.project.verification.check import Check

_REQUESTS = "SELECT count(*) FROM cases_case"

CHECKS = (
    Check(
        code="paid-once",
        claim="each has one deduction, or one that was credited back",
        of="paid requests",
        counts="SELECT count(*) FROM cases_case WHERE agreement_id IS NOT NULL AND NOT is_test",
        # Reopening what was credited deducts anew: what counts is what remains.
        finds="""
            SELECT paid.id AS place,
              'PD-' || paid.id || ': ' || coalesce(deductions, 0) || ' deductions and ' || coalesce(credits, 0)
                || ' credits, together ' || coalesce(units, 0) || ' units' AS what
            FROM cases_case AS paid
            LEFT JOIN (
              SELECT case_number, sum(units) AS units,
                count(*) FILTER (WHERE kind = 'deduct') AS deductions,
                count(*) FILTER (WHERE kind = 'credit') AS credits
              FROM agreements_ledgerentry WHERE kind IN ('deduct', 'credit') GROUP BY case_number
            ) AS posted ON posted.case_number = paid.id
            JOIN agreements_agreement AS plan ON plan.id = paid.agreement_id
            JOIN catalog_programme AS programme ON programme.id = plan.programme_id
            WHERE NOT paid.is_test AND programme.quantity IS NOT NULL
              AND (
                coalesce(deductions, 0) = 0 OR units > 0
                -- Time is deducted as it is written, so of advice there may be any number.
                OR (programme.unit = 'incident' AND deductions - credits NOT IN (0, 1))
              )
        """,
    ),
    Check(
        code="advice-costs-its-time",
        claim="each costs what was set aside or, where more was written, that; and nothing where it does not count",
        of="requests paid in hours",
        counts="""
            SELECT count(*) FROM cases_case AS paid JOIN agreements_agreement AS plan ON plan.id = paid.agreement_id
            JOIN catalog_programme AS programme ON programme.id = plan.programme_id
            WHERE programme.unit = 'advisory_hour'
        """,
        finds="""
            SELECT paid.id AS place,
              'PD-' || paid.id || ': costs ' || charged_units || ' minutes, with ' || reserved_units
                || ' set aside and ' || coalesce(spent, 0) || ' written' AS what
            FROM cases_case AS paid
            JOIN agreements_agreement AS plan ON plan.id = paid.agreement_id
            JOIN catalog_programme AS programme ON programme.id = plan.programme_id
            LEFT JOIN (
              SELECT case_id, sum(minutes) AS spent FROM cases_advisorytime WHERE removed_at IS NULL GROUP BY case_id
            ) AS written ON written.case_id = paid.id
            WHERE programme.unit = 'advisory_hour' AND programme.quantity IS NOT NULL AND NOT is_test
              AND charged_units <> CASE
                WHEN outcome = 'non-decrement' THEN 0 ELSE greatest(reserved_units, coalesce(spent, 0))
              END
        """,
    ),
    Check(
        code="test-costs-nothing",
        claim="none has moved a unit",
        of="tests of programs",
        counts="SELECT count(*) FROM cases_case WHERE is_test",
        finds="""
            SELECT test.id AS place,
              'PD-' || test.id || ': a test, and ledger entry ' || entry.id || ' names it' AS what
            FROM cases_case AS test JOIN agreements_ledgerentry AS entry ON entry.case_number = test.id
            WHERE test.is_test
        """,
    ),
    Check(
        code="deduction-names-request",
        claim="each names a request that its agreement pays for",
        of="deductions and credits",
        counts="SELECT count(*) FROM agreements_ledgerentry WHERE kind IN ('deduct', 'credit')",
        finds="""
            SELECT entry.id AS place,
              'ledger entry ' || entry.id || ' of agreement ' || entry.agreement_id || ': ' || CASE
                WHEN paid.id IS NULL THEN 'there is no request PD-' || coalesce(case_number::text, '?')
                WHEN paid.agreement_id IS NULL THEN 'nothing pays for PD-' || paid.id
                ELSE 'PD-' || paid.id || ' is paid by agreement ' || paid.agreement_id
              END AS what
            FROM agreements_ledgerentry AS entry
            LEFT JOIN cases_case AS paid ON paid.id = entry.case_number
            WHERE entry.kind IN ('deduct', 'credit')
              AND paid.agreement_id IS DISTINCT FROM entry.agreement_id
        """,
    ),
    Check(
        code="draft-points-to-request",
        claim="each that was sent points to the request that has its key",
        of="drafts",
        counts="SELECT count(*) FROM cases_draft",
        finds="""
            SELECT draft.id AS place,
              'draft ' || draft.id || ': points to ' || coalesce('PD-' || draft.case_id, 'none')
                || ', its key is that of ' || coalesce('PD-' || keyed.id, 'none') AS what
            FROM cases_draft AS draft
            LEFT JOIN cases_case AS keyed ON keyed.draft_key = draft.id
            WHERE draft.case_id IS DISTINCT FROM keyed.id
        """,
    ),
    Check(
        code="one-primary-contact",
        claim="each has exactly one primary contact",
        of="requests",
        counts=_REQUESTS,
        finds="""
            SELECT request.id AS place,
              'PD-' || request.id || ': ' || coalesce(primaries, 0) || ' primary contacts, '
                || coalesce(contacts, 0) || ' contacts in all' AS what
            FROM cases_case AS request
            LEFT JOIN (
              SELECT case_id, count(*) AS contacts, count(*) FILTER (WHERE role = 'primary') AS primaries
              FROM cases_contact GROUP BY case_id
            ) AS named ON named.case_id = request.id
            WHERE coalesce(primaries, 0) <> 1
        """,
    ),
    Check(
        code="contact-knows-state",
        claim="each knows whether its request is open",
        of="contacts",
        counts="SELECT count(*) FROM cases_contact",
        finds="""
            SELECT contact.id AS place,
              'contact ' || contact.id || ' of PD-' || request.id || ': listed as '
                || CASE WHEN is_open THEN 'open' ELSE 'closed' END || ', the request is ' || status AS what
            FROM cases_contact AS contact JOIN cases_case AS request ON request.id = contact.case_id
            WHERE is_open <> (status <> 'closed')
        """,
    ),
)
