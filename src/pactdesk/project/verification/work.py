"""What was done to each request fits what it is now (REQ-1, REQ-2, AGR-6)."""

from __future__ import annotations

from pactdesk.project.verification.check import Check

_REQUESTS = "SELECT count(*) FROM cases_case"
_MESSAGES = "SELECT count(*) FROM cases_message"

CHECKS = (
    Check(
        code="charged-as-posted",
        claim="each is charged what its deductions and credits leave, as often as it was deducted",
        of="requests",
        counts=_REQUESTS,
        finds="""
            SELECT request.id AS place,
              'PD-' || request.id || ': charged ' || charged_units || ' in ' || charge_count
                || ' deductions, the ledger says ' || coalesce(units, 0) || ' in ' || coalesce(deductions, 0) AS what
            FROM cases_case AS request
            LEFT JOIN (
              SELECT case_number, -sum(units) AS units,
                -- Time of a consultant is deducted as it is written.
                count(*) FILTER (WHERE kind = 'deduct' AND note NOT IN ('time', 'time-corrected')) AS deductions
              FROM agreements_ledgerentry WHERE kind IN ('deduct', 'credit') GROUP BY case_number
            ) AS posted ON posted.case_number = request.id
            WHERE (charged_units, charge_count) <> (coalesce(units, 0), coalesce(deductions, 0))
        """,
    ),
    Check(
        code="free-where-not-counted",
        claim="each that was closed as not counting is charged nothing, and has a cause",
        of="requests that do not count",
        counts="SELECT count(*) FROM cases_case WHERE outcome = 'non-decrement'",
        finds="""
            SELECT id AS place,
              'PD-' || id || ': charged ' || charged_units || ', cause "' || outcome_cause || '"' AS what
            FROM cases_case WHERE outcome = 'non-decrement' AND (charged_units <> 0 OR outcome_cause = '')
        """,
    ),
    Check(
        code="state-fits",
        claim="status, outcome, owner and instants of each fit together",
        of="requests",
        counts=_REQUESTS,
        finds="""
            SELECT id AS place,
              'PD-' || id || ': ' || status || ', outcome "' || outcome || '", '
                || CASE WHEN owner_id IS NULL THEN 'owned by nobody' ELSE 'owned' END || ', resolved '
                || coalesce(resolved_at::text, 'never') || ', closed ' || coalesce(closed_at::text, 'never') AS what
            FROM cases_case
            WHERE (status = 'closed') <> (closed_at IS NOT NULL)
              OR (status = 'closed') <> (outcome <> '')
              OR (status = 'resolved') <> (resolved_at IS NOT NULL)
              OR (status IN ('assigned', 'in-progress') AND owner_id IS NULL)
              OR (status = 'closed' AND due_at IS NOT NULL)
              OR changed_at < greatest(opened_at, first_response_at, resolved_at, closed_at)
        """,
    ),
    Check(
        code="closing-told",
        claim="the journal tells the closing of each",
        of="closed requests",
        counts="SELECT count(*) FROM cases_case WHERE status = 'closed'",
        finds="""
            SELECT request.id AS place,
              'PD-' || request.id || ': closed at ' || closed_at || ', of which the journal knows nothing' AS what
            FROM cases_case AS request
            WHERE status = 'closed'
              AND NOT EXISTS (
                SELECT 1 FROM journal_fact AS fact
                WHERE fact.subject_type = 'case' AND fact.subject_id = request.id AND fact.code = 'case.closed'
                  AND fact.at = request.closed_at
              )
        """,
    ),
    Check(
        code="owner-was-assigned",
        claim="each owner answers for the team, or was given the request",
        of="owned requests",
        counts="SELECT count(*) FROM cases_case WHERE owner_id IS NOT NULL",
        finds="""
            SELECT request.id AS place,
              'PD-' || request.id || ': owned by account ' || owner_id || ', who is not in team '
                || coalesce(team_id::text, '(none)') || ' and was never given it' AS what
            FROM cases_case AS request
            WHERE owner_id IS NOT NULL
              AND NOT EXISTS (
                SELECT 1 FROM accounts_teammember AS member
                WHERE member.team_id = request.team_id AND member.account_id = request.owner_id
              )
              AND NOT EXISTS (
                SELECT 1 FROM journal_fact AS fact
                WHERE fact.subject_type = 'case' AND fact.subject_id = request.id AND fact.code = 'case.assigned'
                  AND fact.payload -> 'owner' = to_jsonb(request.owner_id)
              )
        """,
    ),
    Check(
        code="merged-is-over",
        claim="each is closed as a duplicate, and goes on as one that does not go on as itself",
        of="merged requests",
        counts="SELECT count(*) FROM cases_case WHERE merged_into_id IS NOT NULL",
        finds="""
            WITH RECURSIVE way (start, goes_on_as) AS (
              SELECT id, merged_into_id FROM cases_case WHERE merged_into_id IS NOT NULL
              UNION
              SELECT way.start, next.merged_into_id
              FROM way JOIN cases_case AS next ON next.id = way.goes_on_as
              WHERE next.merged_into_id IS NOT NULL
            )
            SELECT merged.id AS place,
              'PD-' || merged.id || ': goes on as PD-' || merged_into_id || CASE
                WHEN status = 'closed' AND outcome_cause = 'duplicate' THEN ', which leads back to it'
                ELSE ' and is ' || status || ', cause "' || outcome_cause || '"'
              END AS what
            FROM cases_case AS merged
            WHERE merged_into_id IS NOT NULL
              AND (
                status <> 'closed' OR outcome <> 'non-decrement' OR outcome_cause <> 'duplicate'
                OR EXISTS (SELECT 1 FROM way WHERE start = merged.id AND goes_on_as = merged.id)
              )
        """,
    ),
    Check(
        code="links-in-order",
        claim="each is between two requests, the lower number first, and there once",
        of="links",
        counts="SELECT count(*) FROM cases_caselink",
        finds="""
            SELECT id AS place,
              'link ' || id || ': PD-' || first_id || ' and PD-' || second_id
                || CASE WHEN times > 1 THEN ', ' || times || ' times' ELSE '' END AS what
            FROM (
              SELECT id, first_id, second_id, count(*) OVER (
                PARTITION BY least(first_id, second_id), greatest(first_id, second_id)
              ) AS times
              FROM cases_caselink
            ) AS link
            WHERE first_id >= second_id OR times > 1
        """,
    ),
    Check(
        code="message-fits",
        claim="notes are the desk's, each comes through a door of its side, and none is older than its request",
        of="messages",
        counts=_MESSAGES,
        finds="""
            SELECT message.id AS place,
              'message ' || message.id || ' of PD-' || case_id || ': ' || kind || ' from the ' || side || ' via ' || via
                || ' at ' || at || ', the request was opened at ' || opened_at AS what
            FROM cases_message AS message JOIN cases_case AS request ON request.id = message.case_id
            WHERE (kind = 'internal' AND side <> 'vendor')
              OR (via = 'portal' AND side <> 'requester')
              OR (via = 'desk' AND side <> 'vendor')
              OR at < opened_at
              OR at > changed_at
        """,
    ),
    Check(
        code="message-told-once",
        claim="the journal tells each exactly once, as what it is",
        of="messages",
        counts=_MESSAGES,
        finds="""
            SELECT message.id AS place,
              'message ' || message.id || ' of PD-' || case_id || ' (' || kind || '): told '
                || coalesce(times, 0) || ' times, as '
                || coalesce(told, 'nothing') AS what
            FROM cases_message AS message
            LEFT JOIN (
              SELECT (payload ->> 'message')::bigint AS message, subject_id, count(*) AS times,
                min(payload ->> 'kind') AS told
              FROM journal_fact WHERE code = 'case.message-added' AND subject_type = 'case'
              GROUP BY 1, 2
            ) AS fact ON fact.message = message.id AND fact.subject_id = message.case_id
            WHERE coalesce(times, 0) <> 1 OR told <> kind
        """,
    ),
    Check(
        code="contact-not-ahead",
        claim="no list says that a request changed later than it did",
        of="contacts",
        counts="SELECT count(*) FROM cases_contact",
        finds="""
            SELECT contact.id AS place,
              'contact ' || contact.id || ' of PD-' || request.id || ': changed at ' || contact.changed_at
                || ', the request at ' || request.changed_at AS what
            FROM cases_contact AS contact JOIN cases_case AS request ON request.id = contact.case_id
            WHERE contact.changed_at > request.changed_at
        """,
    ),
    Check(
        code="place-is-taken",
        claim="each without an account waits for somebody to prove the address, who has no other place there",
        of="contacts without an account",
        counts="SELECT count(*) FROM cases_contact WHERE account_id IS NULL",
        finds="""
            SELECT contact.id AS place,
              'contact ' || contact.id || ' of PD-' || contact.case_id || ': belongs to nobody, but account '
                || address.user_id || ' has proved the address and cannot see the request' AS what
            FROM cases_contact AS contact
            JOIN account_emailaddress AS address ON address.email = contact.email AND address.verified
            WHERE contact.account_id IS NULL
              AND NOT EXISTS (
                SELECT 1 FROM cases_contact AS other
                WHERE other.case_id = contact.case_id AND other.account_id = address.user_id
              )
        """,
    ),
)
