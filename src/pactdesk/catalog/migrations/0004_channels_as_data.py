import django.db.models.deletion
from django.db import migrations, models

import pactdesk.catalog.models

# Changes of these are noticed, too.
TABLES = (
    "catalog_feature",
    "catalog_question",
    "catalog_question_channels",
    "catalog_question_products",
    "catalog_question_problem_types",
)


class Migration(migrations.Migration):
    dependencies = [
        ("catalog", "0003_what_pays_for_customers"),
        ("servicelevels", "0003_who_is_told_and_when_to_lower"),
    ]

    operations = [
        migrations.CreateModel(
            name="Feature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=0, help_text="Lists are shown in this order.", verbose_name="position"
                    ),
                ),
                (
                    "retired_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="retired"),
                ),
                (
                    "edited_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="edited in the admin"
                    ),
                ),
                ("code", models.SlugField(max_length=60, verbose_name="code")),
                ("name", models.JSONField(verbose_name="name")),
            ],
            options={
                "verbose_name": "feature",
                "verbose_name_plural": "features",
                "ordering": ("category", "position", "code"),
                "abstract": False,
            },
        ),
        migrations.CreateModel(
            name="Question",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.SlugField(max_length=60, unique=True, verbose_name="code")),
                (
                    "position",
                    models.PositiveIntegerField(
                        default=0, help_text="Lists are shown in this order.", verbose_name="position"
                    ),
                ),
                (
                    "retired_at",
                    models.DateTimeField(blank=True, editable=False, null=True, verbose_name="retired"),
                ),
                (
                    "edited_at",
                    models.DateTimeField(
                        blank=True, editable=False, null=True, verbose_name="edited in the admin"
                    ),
                ),
                ("name", models.JSONField(verbose_name="question")),
                ("help", models.JSONField(blank=True, null=True, verbose_name="help")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("choice", "One of several answers"),
                            ("yes-no", "Yes or no"),
                            ("text", "Text"),
                            ("number", "A whole number"),
                        ],
                        max_length=8,
                        verbose_name="kind of answer",
                    ),
                ),
                (
                    "choices",
                    models.JSONField(
                        blank=True,
                        default=list,
                        help_text="A list of answers, each with its code and its name in several languages.",
                        validators=[pactdesk.catalog.models.check_choices],
                        verbose_name="answers to choose from",
                    ),
                ),
                ("required", models.BooleanField(default=True, verbose_name="has to be answered")),
            ],
            options={
                "verbose_name": "question",
                "verbose_name_plural": "questions",
                "ordering": ("position", "code"),
                "abstract": False,
            },
        ),
        migrations.AddField(
            model_name="channel",
            name="asks_subscription",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="A request concerns one subscription.",
                verbose_name="asks for a subscription",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="category_label",
            field=models.JSONField(blank=True, null=True, verbose_name="its word for category"),
        ),
        migrations.AddField(
            model_name="channel",
            name="details_after_problem",
            field=models.BooleanField(
                db_default=False,
                default=False,
                help_text="Summary and description appear once the problem is chosen.",
                verbose_name="details after the problem",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="feature_label",
            field=models.JSONField(blank=True, null=True, verbose_name="its word for feature"),
        ),
        migrations.AddField(
            model_name="channel",
            name="policy",
            field=models.ForeignKey(
                blank=True,
                help_text="What is promised to work that needs no pair here.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="channels",
                to="servicelevels.policy",
                verbose_name="policy without a pair",
            ),
        ),
        migrations.AddField(
            model_name="channel",
            name="problem_label",
            field=models.JSONField(blank=True, null=True, verbose_name="its word for problem"),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("category_label__has_key", "en")),
                name="channel_word_for_category_in_english",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("feature_label__has_key", "en")),
                name="channel_word_for_feature_in_english",
            ),
        ),
        migrations.AddConstraint(
            model_name="channel",
            constraint=models.CheckConstraint(
                condition=models.Q(("problem_label__has_key", "en")),
                name="channel_word_for_problem_in_english",
            ),
        ),
        migrations.AddField(
            model_name="feature",
            name="category",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="features",
                to="catalog.category",
                verbose_name="category",
            ),
        ),
        migrations.AddField(
            model_name="problem",
            name="feature",
            field=models.ForeignKey(
                blank=True,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="problems",
                to="catalog.feature",
                verbose_name="feature",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="channels",
            field=models.ManyToManyField(
                blank=True, related_name="questions", to="catalog.channel", verbose_name="channels"
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="problem_types",
            field=models.ManyToManyField(
                blank=True,
                help_text="Asked for these only. None: for all.",
                related_name="questions",
                to="catalog.problemtype",
                verbose_name="problem types",
            ),
        ),
        migrations.AddField(
            model_name="question",
            name="products",
            field=models.ManyToManyField(
                blank=True, related_name="questions", to="catalog.product", verbose_name="products"
            ),
        ),
        migrations.AddConstraint(
            model_name="feature",
            constraint=models.UniqueConstraint(fields=("category", "code"), name="feature_once"),
        ),
        migrations.AddConstraint(
            model_name="feature",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__has_key", "en")), name="feature_name_in_english"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("name__has_key", "en")), name="question_name_in_english"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("help__has_key", "en")), name="question_help_in_english"
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(("kind__in", ["choice", "yes-no", "text", "number"])),
                name="question_kind_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="question",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("kind", "choice"), models.Q(("choices", []), _negated=True)),
                    models.Q(models.Q(("kind", "choice"), _negated=True), ("choices", [])),
                    _connector="OR",
                ),
                name="question_choices_for_a_choice",
            ),
        ),
        *(
            migrations.RunSQL(
                f"CREATE TRIGGER {table}_noted AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON {table} "
                "FOR EACH STATEMENT EXECUTE FUNCTION catalog_note_change()",
                f"DROP TRIGGER {table}_noted ON {table}",
            )
            for table in TABLES
        ),
    ]
