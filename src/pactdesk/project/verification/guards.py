"""The database itself refuses what must not be: its triggers and constraints are there and at work."""

from __future__ import annotations

from typing import Any

from django.apps import apps

from pactdesk.project.verification.check import Check

# Table, trigger, and the function that it calls.
TRIGGERS = (
    ("agreements_agreement", "agreement_balance_by_ledger_only", "agreements_guard_balance"),
    ("agreements_agreement", "agreement_holds_unit", "agreements_hold_unit"),
    ("agreements_agreement", "agreement_set_aside_follows", "agreements_follow_parent"),
    ("agreements_agreement", "agreement_starts_empty", "agreements_start_empty"),
    ("agreements_correction", "correction_asked_stays", "journal_refuse_change"),
    ("agreements_correction", "correction_decided_stays", "journal_refuse_change"),
    ("agreements_issuance", "issuance_asked_stays", "journal_refuse_change"),
    ("agreements_issuance", "issuance_decided_stays", "journal_refuse_change"),
    ("agreements_ledgerentry", "ledger_append_only", "journal_refuse_change"),
    ("agreements_ledgerentry", "ledger_post", "agreements_post_entry"),
    ("agreements_ledgerentry", "ledger_transfer_sums_to_zero", "agreements_guard_transfer"),
    ("agreements_unitsalone", "units_alone_append_only", "journal_refuse_change"),
    ("agreements_registration", "registration_gives_up_its_place", "agreements_give_up_place"),
    ("cases_clockevent", "clock_event_append_only", "journal_refuse_change"),
    ("cases_reachattempt", "reach_attempt_append_only", "journal_refuse_change"),
    ("catalog_programme", "programme_unit_stays", "agreements_guard_unit"),
    ("imports_import", "import_applied_stays", "journal_refuse_change"),
    ("imports_import", "import_brought_by_stays", "journal_refuse_change"),
    ("imports_line", "import_line_append_only", "journal_refuse_change"),
    ("journal_fact", "journal_fact_append_only", "journal_refuse_change"),
    (
        "servicelevels_calendarversion",
        "servicelevels_calendarversion_never_changes",
        "servicelevels_refuse_change",
    ),
    (
        "servicelevels_policyversion",
        "servicelevels_policyversion_never_changes",
        "servicelevels_refuse_change",
    ),
    ("servicelevels_target", "servicelevels_target_never_changes", "servicelevels_refuse_change"),
)


def expected() -> dict[str, Any]:
    """Which guards there have to be, as parameters of the checks: those named above, and every constraint that a model
    of ours declares."""
    constraints = [
        (model._meta.db_table, constraint.name)
        for model in apps.get_models()
        if model.__module__.startswith("pactdesk.")
        for constraint in model._meta.constraints
    ]
    return {
        "trigger_tables": [table for table, _, _ in TRIGGERS],
        "trigger_names": [name for _, name, _ in TRIGGERS],
        "trigger_functions": [function for _, _, function in TRIGGERS],
        "constraint_tables": [table for table, _ in constraints],
        "constraint_names": [name for _, name in constraints],
    }


CHECKS = (
    Check(
        code="triggers-at-work",
        claim="each is there, enabled, and calls its function",
        of="triggers",
        counts="SELECT cardinality(%(trigger_names)s::text[])",
        finds="""
            SELECT wanted.trigger AS place,
              'trigger ' || wanted.trigger || ' on ' || wanted.tbl || ': ' || CASE
                WHEN found.oid IS NULL THEN 'missing'
                WHEN found.tgenabled NOT IN ('O', 'A') THEN 'disabled'
                ELSE 'calls ' || called.proname || ' instead of ' || wanted.function
              END AS what
            FROM unnest(%(trigger_tables)s::text[], %(trigger_names)s::text[], %(trigger_functions)s::text[])
              AS wanted (tbl, trigger, function)
            LEFT JOIN pg_trigger AS found
              ON found.tgrelid = to_regclass(wanted.tbl) AND found.tgname = wanted.trigger
            LEFT JOIN pg_proc AS called ON called.oid = found.tgfoid
            WHERE found.oid IS NULL OR found.tgenabled NOT IN ('O', 'A') OR called.proname <> wanted.function
        """,
    ),
    Check(
        code="constraints-at-work",
        claim="each is there and valid",
        of="constraints",
        counts="SELECT cardinality(%(constraint_names)s::text[])",
        # A unique constraint with a condition is an index.
        finds="""
            SELECT wanted.name AS place,
              'constraint ' || wanted.name || ' on ' || wanted.tbl || ': ' || CASE
                WHEN found.name IS NULL THEN 'missing' ELSE 'not valid'
              END AS what
            FROM unnest(%(constraint_tables)s::text[], %(constraint_names)s::text[]) AS wanted (tbl, name)
            LEFT JOIN (
              SELECT conrelid AS tbl, conname AS name, convalidated AS valid FROM pg_constraint
              UNION ALL
              SELECT indrelid, relname, indisunique AND indisvalid
              FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
              WHERE NOT EXISTS (SELECT 1 FROM pg_constraint WHERE conindid = indexrelid)
            ) AS found ON found.tbl = to_regclass(wanted.tbl) AND found.name = wanted.name
            WHERE found.valid IS NOT TRUE
        """,
    ),
)
