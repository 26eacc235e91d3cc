"""What happened before letters were counted is told: its letters are out, or a job that was queued writes them."""

from django.db import migrations

FORWARD = """
UPDATE procrastinate_jobs SET task_name = 'pactdesk.notifications.tasks.write_letters'
WHERE task_name = 'pactdesk.notifications.tasks.confirm_opening' AND status IN ('todo', 'doing');

UPDATE notifications_outgoingmail AS mail SET fact_id = fact.id FROM journal_fact AS fact
WHERE fact.code = 'case.opened' AND mail.key LIKE 'case.opened:%%'
  AND split_part(mail.key, ':', 2) = fact.subject_id::text;

INSERT INTO notifications_toldfact (fact_id, letters, at)
SELECT fact.id, (SELECT count(*) FROM notifications_outgoingmail AS mail WHERE mail.fact_id = fact.id), fact.at
FROM journal_fact AS fact
WHERE fact.code IN (
    'case.opened', 'case.message-added', 'case.assigned', 'case.transferred', 'case.status-changed',
    'case.contact-added', 'case.contact-removed', 'case.closed', 'case.reopened', 'case.merged', 'case.file-added'
  )
  AND NOT EXISTS (
    SELECT 1 FROM procrastinate_jobs AS job
    WHERE job.status IN ('todo', 'doing') AND job.args ->> 'fact_id' = fact.id::text
      AND job.task_name IN ('pactdesk.journal.tasks.fan_out', 'pactdesk.notifications.tasks.write_letters')
  );
"""


class Migration(migrations.Migration):
    dependencies = [
        ("notifications", "0003_letters"),
        ("journal", "0003_submitting_wakes_nobody"),
    ]
    operations = [migrations.RunSQL(FORWARD, migrations.RunSQL.noop)]
