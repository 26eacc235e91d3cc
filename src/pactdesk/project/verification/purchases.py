"""What was taken, what was granted for it, and what went back belong together (PPI-5)."""

from __future__ import annotations

from pactdesk.project.verification.check import Check

_PURCHASES = "SELECT count(*) FROM purchases_purchase"
_PAID = "SELECT count(*) FROM purchases_purchase WHERE paid_at IS NOT NULL"
_NAME = "'P-' || 100000 + purchase.id"

CHECKS = (
    Check(
        code="paid-as-ordered",
        claim="each that is paid took exactly its price, and no other took anything",
        of="purchases",
        counts=_PURCHASES,
        finds=f"""
            SELECT purchase.id AS place,
              {_NAME} || ' (' || state || '): ' || captured_minor || ' of ' || amount_minor || ' ' || currency
                || ' taken' AS what
            FROM purchases_purchase AS purchase
            WHERE captured_minor <> CASE
              WHEN state IN ('paid', 'granted', 'refunding', 'refunded') THEN amount_minor ELSE 0
            END
        """,  # noqa: S608 - constants of ours
    ),
    Check(
        code="granted-as-paid",
        claim="each has granted its units once to its buyer, unless that is about to happen",
        of="paid purchases",
        counts=_PAID,
        finds=f"""
            SELECT purchase.id AS place,
              {_NAME} || ' (' || state || '): ' || coalesce(granted.units, 0) || ' of ' || purchase.units
                || ' units granted, held by account ' || coalesce(agreement.holder_id::text, 'none') AS what
            FROM purchases_purchase AS purchase
            LEFT JOIN agreements_agreement AS agreement ON agreement.id = purchase.agreement_id
            LEFT JOIN (
              SELECT agreement_id, sum(units) AS units FROM agreements_ledgerentry
              WHERE kind = 'grant' GROUP BY agreement_id
            ) AS granted ON granted.agreement_id = purchase.agreement_id
            WHERE state IN ('granted', 'refunding', 'refunded') AND (
              coalesce(granted.units, 0) <> purchase.units
              OR agreement.holder_id IS DISTINCT FROM purchase.account_id
              OR agreement.programme_id IS DISTINCT FROM purchase.programme_id
            )
        """,  # noqa: S608 - constants of ours
    ),
    Check(
        code="held-as-paid",
        claim="each that an account holds was granted by a purchase that is paid",
        of="agreements that were bought",
        counts="SELECT count(*) FROM agreements_agreement WHERE holder_id IS NOT NULL",
        finds="""
            SELECT agreement.id AS place,
              'agreement ' || agreement.id || ' of account ' || agreement.holder_id || ': '
                || coalesce('its purchase is ' || purchase.state, 'no purchase') AS what
            FROM agreements_agreement AS agreement
            LEFT JOIN purchases_purchase AS purchase ON purchase.agreement_id = agreement.id
            WHERE agreement.holder_id IS NOT NULL AND purchase.paid_at IS NULL
        """,
    ),
    Check(
        code="refunded-unusable",
        claim="each whose money went back, is on its way back or was lost in a dispute leaves nothing to use",
        of="paid purchases",
        counts=_PAID,
        finds=f"""
            SELECT purchase.id AS place,
              {_NAME} || ' (' || state || ', dispute ' || coalesce(nullif(dispute, ''), 'none') || '): '
                || agreement.units_left || ' units left' AS what
            FROM purchases_purchase AS purchase
            JOIN agreements_agreement AS agreement ON agreement.id = purchase.agreement_id
            WHERE (state IN ('refunding', 'refunded') OR dispute = 'lost')
              AND agreement.units_left > 0 AND agreement.frozen_at IS NULL
        """,  # noqa: S608 - constants of ours
    ),
    Check(
        code="refunded-in-full",
        claim="each that is refunded paid all of its price back, and no other did",
        of="paid purchases",
        counts=_PAID,
        finds=f"""
            SELECT purchase.id AS place,
              {_NAME} || ' (' || state || '): ' || refunded_minor || ' of ' || captured_minor || ' ' || currency
                || ' paid back' AS what
            FROM purchases_purchase AS purchase
            WHERE paid_at IS NOT NULL AND (state = 'refunded') <> (refunded_minor = captured_minor)
        """,  # noqa: S608 - constants of ours
    ),
    Check(
        code="disputed-is-frozen",
        claim="each that is disputed, and only such a one or one paid back elsewhere, is frozen",
        of="paid purchases",
        counts=_PAID,
        finds=f"""
            SELECT purchase.id AS place,
              {_NAME} || ', dispute ' || coalesce(nullif(dispute, ''), 'none') || ': '
                || CASE WHEN agreement.frozen_at IS NULL THEN 'not frozen' ELSE 'frozen' END AS what
            FROM purchases_purchase AS purchase
            JOIN agreements_agreement AS agreement ON agreement.id = purchase.agreement_id
            WHERE (dispute IN ('open', 'lost') AND agreement.frozen_at IS NULL)
              OR (dispute IN ('', 'won') AND refund_cause <> 'provider' AND agreement.frozen_at IS NOT NULL)
        """,  # noqa: S608 - constants of ours
    ),
    Check(
        code="payment-handled-in-time",
        claim="none waits for more than 15 minutes to be granted or paid back, or for an operator to look at it",
        of="purchases",
        counts=_PURCHASES,
        finds=f"""
            SELECT purchase.id AS place,
              {_NAME} || ': ' || CASE WHEN differs_at IS NOT NULL THEN 'paid otherwise than ordered' ELSE state END
                || ' since ' || to_char(worked_on_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI') || ' UTC' AS what
            FROM purchases_purchase AS purchase
            WHERE (state IN ('ordered', 'paid', 'refunding') AND ordered_at < %(late)s AND worked_on_at < %(late)s)
              OR (differs_at < %(late)s AND state IN ('paying', 'failed'))
        """,  # noqa: S608 - constants of ours
        only_late=True,
    ),
)
