-- Requests number %(first)s to %(last)s of the past, each with two contacts, a ledger entry, a fact and its sent draft.
-- Run by the superuser with triggers asleep; `world.check` proves afterwards that balances and entries agree.
-- Request n is paid by agreement n modulo %(people)s, as entry n divided by %(people)s after the grant.

-- part: requests
INSERT INTO cases_case (
  id, draft_key, submitter_id, organization_id, agreement_id, product_id, version_id, problem_id, usage, summary,
  description, severity, hours, night_name, night_phone, country, time_zone, language, status, opened_at,
  changed_at, first_response_due_at, due_at, calendar_id, terms, explanation, charged_units, charge_count, team_id
)
SELECT
  %(number)s + n, md5('history' || n)::uuid, %(account)s + n %% %(people)s, NULL, %(agreement)s + n %% %(people)s,
  m.product_id, m.version_id, m.problem_id, m.usage, m.summary || ' ' || n, m.description, m.severity, m.hours, '', '',
  m.country, m.time_zone, m.language, 'new', t.at, t.at, t.at + (m.first_response_due_at - m.opened_at),
  t.at + (m.first_response_due_at - m.opened_at), m.calendar_id, m.terms, m.explanation, 1, 1, m.team_id
FROM generate_series(%(first)s::bigint, %(last)s) n
CROSS JOIN (SELECT * FROM cases_case WHERE id = %(model)s) m
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 UTC' + n * interval '20 seconds' AS at) t;

INSERT INTO cases_draft (id, account_id, answers, created_at, saved_at, expires_at, discarded_at, case_id)
SELECT md5('history' || n)::uuid, %(account)s + n %% %(people)s, '{}', t.at, t.at, t.at + interval '30 days', NULL,
  %(number)s + n
FROM generate_series(%(first)s::bigint, %(last)s) n
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 UTC' + n * interval '20 seconds' AS at) t;

-- part: around them
-- Still running, since nobody has answered. They are due by now, but are to be left alone: `bench.clocks` has its own.
INSERT INTO cases_timer (
  case_id, metric, number, state, severity, hours, calendar_id, started_at, counted_from, target_seconds, business_days,
  pausable, due_at, next_at
)
SELECT
  %(number)s + n, m.metric, m.number, m.state, m.severity, m.hours, m.calendar_id, t.at, t.at, m.target_seconds, NULL,
  true, t.at + (m.due_at - m.started_at), NULL
FROM generate_series(%(first)s::bigint, %(last)s) n
CROSS JOIN (SELECT * FROM cases_timer WHERE case_id = %(model)s) m
CROSS JOIN LATERAL (SELECT timestamptz '2026-01-01 UTC' + n * interval '20 seconds' AS at) t;

-- Every fifth is shared with the busy reader; sixty, spread evenly, with the reader of few.
INSERT INTO cases_contact (id, case_id, role, name, email, phone, time_zone, language, account_id, is_open, changed_at)
SELECT
  %(contact)s + 2 * n + c.place, %(number)s + n, c.role, 'Person ' || c.account, 'person' || c.account || '@bench.example',
  '+420 601 123 456', 'Europe/Prague', 'en', c.account, true,
  timestamptz '2026-01-01 UTC' + n * interval '20 seconds'
FROM generate_series(%(first)s::bigint, %(last)s) n
CROSS JOIN LATERAL (VALUES
  (0, 'primary', %(account)s + n %% %(people)s),
  (1, 'additional', CASE
    WHEN n %% greatest((%(last)s - %(first)s + 1) / 60, 1) = 0 THEN %(few)s
    WHEN n %% 5 = 0 THEN %(busy)s
    ELSE %(account)s + (n + 7) %% %(people)s
  END)
) c (place, role, account);

INSERT INTO agreements_ledgerentry
  (id, agreement_id, position, kind, units, balance_after, at, actor_id, case_number, note, idempotency_key)
SELECT
  %(entry)s + n, %(agreement)s + n %% %(people)s, 2 + (n - 1) / %(people)s, 'deduct', -1,
  %(units)s - 1 - (n - 1) / %(people)s, timestamptz '2026-01-01 UTC' + n * interval '20 seconds',
  %(account)s + n %% %(people)s, %(number)s + n, '', 'case:' || md5('history' || n)::uuid
FROM generate_series(%(first)s::bigint, %(last)s) n;

UPDATE agreements_agreement a SET units_left = e.balance_after, entry_count = e.position
FROM (
  SELECT DISTINCT ON (agreement_id) agreement_id, balance_after, position FROM agreements_ledgerentry
  WHERE case_number > %(number)s + %(last)s - 2 * %(people)s
  ORDER BY agreement_id, position DESC
) e
WHERE e.agreement_id = a.id AND e.position > a.entry_count;

INSERT INTO journal_fact (code, subject_type, subject_id, at, actor_id, payload)
SELECT
  'case.opened', 'case', %(number)s + n, timestamptz '2026-01-01 UTC' + n * interval '20 seconds',
  %(account)s + n %% %(people)s,
  jsonb_build_object('case', %(number)s + n, 'severity', 'C', 'hours', 'business', 'agreement', %(agreement)s + n %% %(people)s)
FROM generate_series(%(first)s::bigint, %(last)s) n;
