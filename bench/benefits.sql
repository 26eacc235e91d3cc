-- %(count)s agreements with their grants, a tenth as many organizations, ten times as many letters, as many purchases.
-- Run by the superuser with triggers asleep. Number n is %(first)s + n; the manager's organization is that of the
-- world, and has a fiftieth of all requests with the agreements that pay for them.

-- part: organizations
INSERT INTO accounts_organization (id, name, kind, partner_number)
SELECT %(first)s + n, 'Partner of place ' || lpad(n::text, 6, '0'), 'partner', ''
FROM generate_series(1, %(count)s / 10) n;

-- part: agreements
INSERT INTO agreements_agreement (
  id, programme_id, access_id, contract_id_sealed, pair_digest, organization_id, owner_id, starts_at, ends_at,
  time_zone, units_left, entry_count, created_at
)
SELECT
  %(first)s + n, m.programme_id, lpad(n::text, 10, '0'), m.contract_id_sealed, sha256(('pair ' || n)::bytea),
  %(first)s + 1 + n %% (%(count)s / 10), NULL, m.starts_at, m.ends_at + n * interval '1 second', 'UTC',
  CASE WHEN n %% 1000 = 7 THEN 0 ELSE 20 END, 1, timestamptz '2026-01-01 UTC' + n * interval '20 seconds'
FROM generate_series(1, %(count)s) n
CROSS JOIN (SELECT * FROM agreements_agreement WHERE id = %(agreement)s) m;

INSERT INTO agreements_ledgerentry
  (id, agreement_id, position, kind, units, balance_after, at, actor_id, note, idempotency_key)
SELECT
  10 * %(first)s + n, %(first)s + n, 1, 'grant', a.units_left, a.units_left, a.created_at, NULL, '', 'bench:' || n
FROM generate_series(1, %(count)s) n JOIN agreements_agreement a ON a.id = %(first)s + n AND a.units_left > 0;

INSERT INTO agreements_registration (account_id, agreement_id, registered_at)
SELECT %(holder)s, %(first)s + n, now() FROM generate_series(1, %(count)s, 100) n;

INSERT INTO purchases_savedcard
  (id, account_id, provider, reference, brand, last_four, last_day, saved_at, programs_currency)
VALUES (%(first)s, %(buyer)s, 'sandbox', 'pm_bench', 'visa', '4242', date '2099-12-31', now(), '');

INSERT INTO purchases_purchase (
  account_id, key, offer_code, programme_id, units, amount_minor, currency, tax_note, country, time_zone, terms_version,
  terms_accepted_at, card_id, program, provider, provider_key, return_url, state, payment, action_url, failure,
  captured_minor, refunded_minor, agreement_id, refund_cause, dispute, ordered_at, worked_on_at, paid_at
)
SELECT
  CASE WHEN n %% 10 = 0 THEN %(buyer)s ELSE %(account)s + n %% %(people)s END, 'bench ' || n, 'single-incident',
  a.programme_id, 20, 45900, 'EUR', 'Including value added tax.', 'CZ', 'UTC', '2026-11', a.created_at, %(first)s, '',
  'sandbox', md5('bench' || n)::uuid, 'https://bench.example/', 'granted', 'pi_bench_' || n, '', '', 45900, 0, a.id, '', '',
  a.created_at, a.created_at, a.created_at
FROM generate_series(1, %(count)s) n JOIN agreements_agreement a ON a.id = %(first)s + n;

-- part: letters
-- Every tenth is about an agreement, every thousandth of those was not sent.
INSERT INTO notifications_outgoingmail (
  key, kind, to_address, language, subject, text, html, headers, message_id, state, attempts, last_error, created_at,
  sent_at
)
SELECT
  'bench ' || n, CASE WHEN n %% 10 = 0 THEN 'agreement-registered' ELSE 'submission' END,
  'person' || %(account)s + n %% 997 || '@bench.example', 'en', 'Letter ' || n, repeat('What it says. ', 40), '', '{}',
  '<bench' || n || '@bench.example>', CASE WHEN n %% 10000 = 70 THEN 'withheld' ELSE 'sent' END, 1, '', t.at, t.at
FROM generate_series(1, 10 * %(count)s) n
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 UTC' + n * interval '2 seconds' AS at) t;

-- part: requests of the organization
UPDATE agreements_agreement SET organization_id = %(organization)s
WHERE id BETWEEN %(world_agreement)s AND %(world_agreement)s + 9;

UPDATE cases_case SET organization_id = %(organization)s
WHERE agreement_id BETWEEN %(world_agreement)s AND %(world_agreement)s + 9;
