-- %(messages)s messages in each of the requests of `history.sql`, every ten minutes, from both sides in turns, each with its fact.
-- Run by the superuser with triggers asleep. Message k of request n has the number n * %(messages)s + k.

-- part: messages
INSERT INTO cases_message (id, case_id, kind, side, author_id, author_name, text, language, via, at, key)
SELECT
  n * %(messages)s + k, %(number)s + n, CASE WHEN k %% 10 = 4 THEN 'internal' ELSE 'public' END,
  CASE WHEN k %% 2 = 0 THEN 'vendor' ELSE 'requester' END,
  CASE WHEN k %% 2 = 0 THEN %(engineer)s ELSE %(account)s + n %% %(people)s END,
  CASE WHEN k %% 2 = 0 THEN 'Person ' || %(engineer)s ELSE 'Person ' || %(account)s + n %% %(people)s END,
  k || '. ' || %(text)s, 'en', CASE WHEN k %% 2 = 0 THEN 'desk' ELSE 'portal' END,
  timestamptz '2026-01-01 UTC' + n * interval '20 seconds' + k * interval '10 minutes',
  lpad(to_hex(n * %(messages)s + k), 32, '0')::uuid
FROM generate_series(1::bigint, %(last)s) n CROSS JOIN generate_series(0, %(messages)s - 1) k;

-- part: their facts
INSERT INTO journal_fact (code, subject_type, subject_id, at, actor_id, payload)
SELECT
  'case.message-added', 'case', %(number)s + n,
  timestamptz '2026-01-01 UTC' + n * interval '20 seconds' + k * interval '10 minutes',
  CASE WHEN k %% 2 = 0 THEN %(engineer)s ELSE %(account)s + n %% %(people)s END,
  jsonb_build_object(
    'case', %(number)s + n, 'message', n * %(messages)s + k,
    'kind', CASE WHEN k %% 10 = 4 THEN 'internal' ELSE 'public' END,
    'side', CASE WHEN k %% 2 = 0 THEN 'vendor' ELSE 'requester' END
  )
FROM generate_series(1::bigint, %(last)s) n CROSS JOIN generate_series(0, %(messages)s - 1) k;
