-- One submission as the database could do it if nobody asked who, whether and for whom: the rows that Pactdesk writes,
-- statement by statement in one transaction, each prepared once. Texts and documents are those of a real request (-D).
\set n :n + 1
\set place :client_id * :room + :n
\set who random(0, :people - 1)
\set account :first_account + :who
\set other :first_account + mod(:who + 7, :people)
\set agreement :one_agreement
\if :spread
  \set agreement :first_agreement + :who
\endif
BEGIN;
INSERT INTO cases_case (
  id, draft_key, submitter_id, organization_id, agreement_id, product_id, version_id, problem_id, usage, summary,
  description, severity, hours, night_name, night_phone, country, time_zone, language, status, opened_at,
  changed_at, first_response_due_at, due_at, calendar_id, terms, explanation, charged_units, charge_count, team_id
) VALUES (
  nextval('cases_case_id_seq'), md5(:round || '-' || :place)::uuid, :account, NULL, :agreement, :product_id, :version_id,
  :problem_id, :usage, :summary, :description, :severity, :hours, '', '', :country, :time_zone, :language, 'new', now(),
  now(), now() + interval '8 hours', now() + interval '8 hours', :calendar_id, :terms, :explanation, 1, 1,
  (SELECT id FROM accounts_team WHERE is_default)
) RETURNING id AS number \gset
INSERT INTO cases_contact (case_id, role, name, email, phone, time_zone, language, account_id, is_open, changed_at)
VALUES (:number, 'primary', 'Person ' || :account, 'person' || :account || '@bench.example', :phone, :time_zone, :language,
  (SELECT user_id FROM account_emailaddress WHERE email = 'person' || :account || '@bench.example' AND verified LIMIT 1),
  true, now());
INSERT INTO cases_contact (case_id, role, name, email, phone, time_zone, language, account_id, is_open, changed_at)
VALUES (:number, 'additional', 'Person ' || :other, 'person' || :other || '@bench.example', :phone, :time_zone, :language,
  (SELECT user_id FROM account_emailaddress WHERE email = 'person' || :other || '@bench.example' AND verified LIMIT 1),
  true, now());
INSERT INTO cases_timer (
  case_id, metric, number, state, severity, hours, calendar_id, started_at, counted_from, target_seconds, business_days,
  pausable, due_at, next_at
) VALUES (
  :number, 'initial-response', 1, 'running', :severity, :hours, :calendar_id, now(), now(), 28800, NULL, true,
  now() + interval '8 hours', now() + interval '4 hours'
);
UPDATE cases_draft SET case_id = :number, saved_at = now() WHERE id = md5(:round || '-' || :place)::uuid;
WITH fact AS (
  INSERT INTO journal_fact (code, subject_type, subject_id, at, actor_id, payload)
  VALUES ('case.opened', 'case', :number, now(), :account, :fact) RETURNING id
)
SELECT procrastinate_defer_jobs_v1(ARRAY[ROW(
  'facts', 'pactdesk.journal.tasks.fan_out', 0, NULL, NULL, jsonb_build_object('fact_id', fact.id), NULL
)]::procrastinate_job_to_defer_v1[])
FROM fact;
INSERT INTO agreements_ledgerentry
  (agreement_id, position, kind, units, balance_after, at, actor_id, case_number, note, idempotency_key)
VALUES (:agreement, 0, 'deduct', -1, 0, now(), :account, :number, '', 'case:' || md5(:round || '-' || :place)::uuid);
COMMIT;
