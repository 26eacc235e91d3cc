"""The ledger explains every balance, line by line (AGR-10)."""

from __future__ import annotations

from pactdesk.project.verification.check import Check

_AGREEMENTS = "SELECT count(*) FROM agreements_agreement"
_ENTRIES = "SELECT count(*) FROM agreements_ledgerentry"

CHECKS = (
    Check(
        code="balance-not-negative",
        claim="no balance is below what may be drawn in advance",
        of="agreements",
        counts=_AGREEMENTS,
        finds="""
            SELECT id AS place, 'agreement ' || id || ': ' || units_left || ' left' AS what
            FROM agreements_agreement WHERE units_left < -overdraft
        """,
    ),
    Check(
        code="balance-is-sum",
        claim="each balance is the sum of its entries",
        of="agreements",
        counts=_AGREEMENTS,
        finds="""
            SELECT agreement.id AS place,
              'agreement ' || agreement.id || ': ' || units_left || ' left, but its entries add up to '
                || coalesce(units, 0) AS what
            FROM agreements_agreement AS agreement
            LEFT JOIN (
              SELECT agreement_id, sum(units) AS units FROM agreements_ledgerentry GROUP BY agreement_id
            ) AS entries ON entries.agreement_id = agreement.id
            WHERE units_left <> coalesce(units, 0)
        """,
    ),
    Check(
        code="positions-without-gaps",
        claim="the entries of each are numbered without gaps",
        of="agreements",
        counts=_AGREEMENTS,
        finds="""
            SELECT agreement.id AS place,
              'agreement ' || agreement.id || ': ' || coalesce(entries, 0) || ' entries at '
                || coalesce(positions, 0) || ' positions from ' || coalesce(first, 0) || ' to '
                || coalesce(last, 0) || '; it counts ' || entry_count AS what
            FROM agreements_agreement AS agreement
            LEFT JOIN (
              SELECT agreement_id, count(*) AS entries, count(DISTINCT position) AS positions,
                min(position) AS first, max(position) AS last
              FROM agreements_ledgerentry GROUP BY agreement_id
            ) AS numbered ON numbered.agreement_id = agreement.id
            WHERE (entry_count, entry_count, entry_count, least(entry_count, 1))
              <> (coalesce(entries, 0), coalesce(positions, 0), coalesce(last, 0), coalesce(first, 0))
        """,
    ),
    Check(
        code="balance-after-adds-up",
        claim="the balance behind each is the sum up to it, and not below what may be drawn in advance",
        of="ledger entries",
        counts=_ENTRIES,
        finds="""
            SELECT id AS place,
              'ledger entry ' || id || ' (agreement ' || agreement_id || ', position ' || position || '): '
                || balance_after || ' left after it, but the entries so far add up to ' || so_far AS what
            FROM (
              SELECT entry.id, agreement_id, position, balance_after, overdraft,
                sum(units) OVER (
                  PARTITION BY agreement_id ORDER BY position ROWS UNBOUNDED PRECEDING
                ) AS so_far
              FROM agreements_ledgerentry AS entry
              JOIN agreements_agreement AS agreement ON agreement.id = agreement_id
            ) AS running
            WHERE balance_after <> so_far OR balance_after < -overdraft
        """,
    ),
    Check(
        code="key-once",
        claim="no idempotency key was posted twice",
        of="ledger entries",
        counts=_ENTRIES,
        finds="""
            SELECT min(id) AS place,
              'key ' || idempotency_key || ': ' || count(*) || ' entries, from ' || min(id) || ' to ' || max(id)
                AS what
            FROM agreements_ledgerentry GROUP BY idempotency_key HAVING count(*) > 1
        """,
    ),
    Check(
        code="import-made-what-it-says",
        claim="each made as many agreements as it says, whose ledgers begin with it",
        of="imports",
        counts="SELECT count(*) FROM imports_import WHERE state = 'applied'",
        finds="""
            SELECT imported.id AS place,
              'import ' || imported.id || ': ' || coalesce(made.agreements, 0) || ' agreements, but it says '
                || coalesce(imported.counts ->> 'taken', 'nothing') AS what
            FROM imports_import AS imported
            LEFT JOIN (
              SELECT line.imported_id, count(*) AS agreements
              FROM imports_line AS line
              LEFT JOIN agreements_ledgerentry AS entry
                ON entry.agreement_id = line.agreement_id AND entry.position = 1
              WHERE entry.note = 'import:' || line.imported_id OR entry.id IS NULL
              GROUP BY line.imported_id
            ) AS made ON made.imported_id = imported.id
            WHERE imported.state = 'applied'
              AND coalesce(made.agreements, 0) IS DISTINCT FROM (imported.counts ->> 'taken')::bigint
        """,
    ),
)
