from django.db import migrations

# Requests that came before there were timers: what was promised is completed, and what the journal tells of answers,
# waiting, resolving, closing and reopening becomes clock events. The worker folds them (`clocks.start_missing`).
FILL = """
UPDATE cases_case SET
  calendar_id = (terms ->> 'calendar')::bigint,
  terms = terms || jsonb_build_object(
    'severity', severity,
    'hours', hours,
    'break_fix', (
      SELECT kind.break_fix FROM catalog_problem problem JOIN catalog_problemtype kind ON kind.id = problem.problem_type_id
      WHERE problem.id = cases_case.problem_id
    )
  )
WHERE NOT terms ? 'severity' AND terms ? 'policy';

INSERT INTO cases_clockevent (case_id, kind, at, actor_id, reason, data)
SELECT happened.case_id, happened.kind, happened.at, happened.actor_id, '', '{}'
FROM (
  SELECT id, subject_id AS case_id, at, actor_id,
    CASE
      WHEN code = 'case.message-added' THEN 'answered'
      WHEN code = 'case.closed' THEN 'closed'
      WHEN code = 'case.reopened' THEN 'reopened'
      WHEN payload ->> 'after' = 'waiting' THEN 'paused'
      WHEN payload ->> 'after' = 'resolved' THEN 'resolved'
      WHEN payload ->> 'before' = 'waiting' THEN 'resumed'
      WHEN payload ->> 'before' = 'resolved' THEN 'reopened'
    END AS kind
  FROM journal_fact
  WHERE subject_type = 'case' AND (
    code IN ('case.closed', 'case.reopened', 'case.status-changed')
    OR (code = 'case.message-added' AND payload ->> 'side' = 'vendor' AND payload ->> 'kind' = 'public')
  )
) happened
JOIN cases_case ON cases_case.id = happened.case_id AND cases_case.terms ? 'policy'
WHERE happened.kind IS NOT NULL
ORDER BY happened.id;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0011_clocks")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
