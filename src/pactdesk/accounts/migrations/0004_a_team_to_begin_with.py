from django.db import migrations

# Every request stands in somebody's queue, from the first one on. Operators rename it and say who is in it.
MAKE = """
INSERT INTO accounts_team (code, name, is_default) VALUES (
  'support',
  '{"en": "Support", "el": "Υποστήριξη", "vi": "Hỗ trợ", "pl": "Wsparcie", "cs": "Podpora", "fr": "Support"}',
  true
)
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_teams")]

    operations = [migrations.RunSQL(MAKE, "DELETE FROM accounts_team WHERE code = 'support'")]
