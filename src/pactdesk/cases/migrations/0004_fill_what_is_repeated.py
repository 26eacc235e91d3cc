from django.db import migrations

# Requests that came before there was a desk: they stand in the default team's queue, paid as they were.
FILL = """
UPDATE cases_case SET
  changed_at = opened_at,
  due_at = CASE WHEN status <> 'closed' THEN first_response_due_at END,
  closed_at = CASE WHEN status = 'closed' THEN opened_at END,
  outcome = CASE WHEN status = 'closed' THEN 'decrement' ELSE '' END,
  resolved_at = CASE WHEN status = 'resolved' THEN opened_at END,
  charged_units = CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END,
  charge_count = CASE WHEN agreement_id IS NULL THEN 0 ELSE 1 END,
  team_id = (SELECT id FROM accounts_team WHERE is_default);
UPDATE cases_contact SET changed_at = cases_case.opened_at
  FROM cases_case WHERE cases_case.id = cases_contact.case_id;
"""


class Migration(migrations.Migration):
    dependencies = [("cases", "0003_conversation"), ("accounts", "0004_a_team_to_begin_with")]

    operations = [migrations.RunSQL(FILL, migrations.RunSQL.noop)]
