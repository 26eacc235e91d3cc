from django.db import migrations


class Migration(migrations.Migration):
    """Numbers have six digits from the first request on, so that lists line up and nobody reads how young a desk is."""

    dependencies = [("cases", "0001_cases")]

    operations = [
        migrations.RunSQL(
            "ALTER SEQUENCE cases_case_id_seq RESTART WITH 100001",
            "ALTER SEQUENCE cases_case_id_seq RESTART WITH 1",
        )
    ]
