-- Requests number %(first)s to %(last)s of severity A around the clock, each with its first timer, which runs. They were
-- opened at %(opened)s, a millisecond apart; two hours of time around the clock are the same two hours to PostgreSQL.
-- Run by the superuser with triggers asleep.
INSERT INTO cases_case (
  id, draft_key, submitter_id, organization_id, agreement_id, product_id, version_id, problem_id, usage, summary,
  description, severity, hours, night_name, night_phone, country, time_zone, language, status, opened_at,
  changed_at, first_response_due_at, due_at, calendar_id, terms, explanation, charged_units, charge_count, team_id
)
SELECT
  n, md5('clocks' || n)::uuid, m.submitter_id, NULL, NULL, m.product_id, m.version_id, m.problem_id, m.usage,
  m.summary || ' ' || n, 'It is down.', 'A', '24x7', 'Night desk', '+420 601 123 456', m.country, m.time_zone, m.language,
  'new', t.at, t.at, t.at + interval '2 hours', t.at + interval '2 hours', m.calendar_id,
  m.terms || '{"severity": "A", "hours": "24x7"}', '{}', 0, 0, m.team_id
FROM generate_series(%(first)s::bigint, %(last)s) n
CROSS JOIN (SELECT * FROM cases_case WHERE id = %(model)s) m
CROSS JOIN LATERAL (
  SELECT %(opened)s::timestamptz + (n - %(first)s) * interval '1 millisecond' AS at
) t;

INSERT INTO cases_timer (
  case_id, metric, number, state, severity, hours, calendar_id, started_at, counted_from, target_seconds, business_days,
  pausable, due_at, next_at
)
SELECT
  c.id, 'initial-response', 1, 'running', 'A', '24x7', NULL, c.opened_at, c.opened_at, 7200, NULL, true,
  c.due_at, c.opened_at + interval '1 hour'
FROM cases_case c WHERE c.id BETWEEN %(first)s AND %(last)s;
