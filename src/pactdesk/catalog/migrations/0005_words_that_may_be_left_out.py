from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0004_channels_as_data"),
        ("servicelevels", "0003_who_is_told_and_when_to_lower"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="channel",
            name="channel_word_for_category_in_english",
        ),
        migrations.RemoveConstraint(
            model_name="channel",
            name="channel_word_for_feature_in_english",
        ),
        migrations.RemoveConstraint(
            model_name="channel",
            name="channel_word_for_problem_in_english",
        ),
        migrations.RemoveConstraint(
            model_name="question",
            name="question_help_in_english",
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("category_label__has_key", "en"), ("category_label", None), _connector="OR"
                ),
                name="channel_word_for_category_in_english",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("feature_label__has_key", "en"), ("feature_label", None), _connector="OR"
                ),
                name="channel_word_for_feature_in_english",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("problem_label__has_key", "en"), ("problem_label", None), _connector="OR"
                ),
                name="channel_word_for_problem_in_english",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("help__has_key", "en"), ("help", None), _connector="OR"),
                name="question_help_in_english",
            ),
        ),
    ]
