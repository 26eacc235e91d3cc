"""Articles are loaded from files, suggested for a request, shown, and judged by readers."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import translation

from pactdesk.kernel.worded import LANGUAGES
from pactdesk.knowledge import queries
from pactdesk.knowledge.models import Article, Translation, Verdict
from pactdesk.knowledge.queries import ArticleNotFound, Suggestion
from pactdesk.knowledge.services import ArticleMistakes, CannotRecordVerdict, load, record_verdict
from tests import world

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)
OURS = Path(__file__).parents[2] / "catalogs" / "articles"

pytestmark = pytest.mark.django_db

Write = Callable[..., Path]


@pytest.fixture(autouse=True)
def _catalogue(db: None) -> None:
    world.catalogue()


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes an article file into a folder and answers the folder. Keys with the value None are left out."""

    def write(number: int, language: str = "en", body: str = "Some *advice*.", **head: object) -> Path:
        keys: dict[str, object] = {"number": number}
        if language == "en":
            keys |= {"revision": 1, "last_reviewed_on": "2026-10-01"}
        else:
            keys |= {"language": language, "of_revision": 1}
        keys |= {"title": f"Article {number}", "summary": "What it is about."} | head
        lines = [f"{key}: {value}" for key, value in keys.items() if value is not None]
        path = tmp_path / (f"{number}.md" if language == "en" else f"{number}.{language}.md")
        path.write_text("\n".join(["---", *lines, "---", body, ""]), encoding="utf-8")
        return tmp_path

    return write


def suggested(**asked: object) -> list[int]:
    chosen = {
        "product": "exchange-server",
        "category": "mail-flow",
        "problem": "",
        "text": "",
        "language": "en",
    }
    return [found.number for found in queries.suggestions(**(chosen | asked))]  # type: ignore[arg-type]


# Suggesting


@pytest.mark.req("WIZ-1", "KNO-1")
def test_articles_for_the_chosen_product_and_category_are_suggested(write: Write) -> None:
    write(1, products="[exchange-server]", categories="[mail-flow]")
    write(2, products="[sql-server]")
    load(write(3, products="[exchange-server]"), NOW)
    assert suggested() == [1, 3]
    assert suggested(product="sql-server", category="database-engine") == [2]


@pytest.mark.req("WIZ-1")
def test_the_text_brings_the_article_that_speaks_of_it_to_the_front(write: Write) -> None:
    write(1, products="[exchange-server]", categories="[mail-flow]", title="Queues grow when a disk is full")
    write(2, products="[exchange-server]", title="Mail flow stopped after a certificate expired")
    load(write(3, products="[exchange-server]", body="An old certificate is named once in the body."), NOW)
    assert suggested(text="Our certificates are expiring, mail does not flow") == [2, 1, 3]
    assert suggested(text="the disks are full") == [1, 2, 3]


@pytest.mark.req("WIZ-1")
def test_an_article_for_another_product_is_never_suggested(write: Write) -> None:
    load(write(1, products="[sql-server]", categories="[mail-flow]", title="Queues grow"), NOW)
    assert suggested(text="queues grow", more=True) == []


@pytest.mark.req("WIZ-1")
def test_an_article_for_another_category_of_the_product_is_suggested_if_the_text_asks_for_it(
    write: Write,
) -> None:
    load(
        write(1, products="[exchange-server]", categories="[updates]", title="An update was rolled back"), NOW
    )
    assert suggested() == []
    assert suggested(category="") == [1]
    assert suggested(text="since the update") == [1]


@pytest.mark.req("WIZ-1")
def test_a_general_article_is_suggested_when_the_text_asks_for_it(write: Write) -> None:
    load(write(1, title="Where to find the Access ID"), NOW)
    assert suggested() == []
    assert suggested(text="I cannot find my access id") == [1]


@pytest.mark.req("WIZ-1")
def test_an_article_for_other_kinds_of_problem_is_left_out(write: Write) -> None:
    load(write(1, products="[exchange-server]", problem_types="[break-fix]"), NOW)
    assert suggested(problem="queues-grow") == [1]
    assert suggested(category="advice", problem="how-to") == []


@pytest.mark.req("WIZ-1")
def test_show_more_adds_what_fits_less(write: Write) -> None:
    for number in range(1, 6):
        write(number, products="[exchange-server]")
    load(write(6, products="[exchange-server]", categories="[updates]"), NOW)
    assert suggested() == [1, 2, 3]
    assert suggested(limit=2) == [1, 2]
    assert suggested(more=True) == [1, 2, 3, 4, 5, 6]


@pytest.mark.req("KNO-1", "LOC-1")
def test_a_suggestion_is_in_the_readers_language_or_in_english_and_says_which(write: Write) -> None:
    write(1, products="[exchange-server]", title="Certificates")
    write(1, "cs", title="Certifikáty", summary="O certifikátech.", machine_translated="true")
    load(write(2, products="[exchange-server]", title="Queues"), NOW)
    found = queries.suggestions(
        product="exchange-server", category="mail-flow", problem="", text="", language="cs-CZ"
    )
    day = date(2026, 10, 1)
    assert found == (
        Suggestion(1, "Certifikáty", "O certifikátech.", "cs", True, day),
        Suggestion(2, "Queues", "What it is about.", "en", False, day),
    )


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize(
    ("language", "title", "text"),
    [
        ("el", "Έληξε ένα πιστοποιητικό", "μετά τη λήξη των πιστοποιητικών"),
        ("vi", "Chứng chỉ hết hạn", "chung chi da het han"),
        ("pl", "Certyfikat wygasł", "wygasłe certyfikaty"),
        ("cs", "Vypršel certifikát", "po vypršení certifikátu"),
        ("fr", "Un certificat a expiré", "certificats expirés"),
    ],
)
def test_the_text_is_searched_in_every_language(write: Write, language: str, title: str, text: str) -> None:
    write(1, products="[exchange-server]")
    write(2, products="[exchange-server]")
    load(write(2, language, title=title), NOW)
    assert suggested(text=text, language=language) == [2, 1]


@pytest.mark.req("LOC-1")
def test_an_english_error_message_is_found_by_a_reader_of_another_language(write: Write) -> None:
    write(1, products="[exchange-server]")
    write(2, products="[exchange-server]", summary="Insufficient system resources")
    load(write(2, "fr", title="Disque plein"), NOW)
    assert suggested(text="452 4.3.1 Insufficient system resources", language="fr") == [2, 1]


def test_nothing_that_is_typed_breaks_the_search(write: Write) -> None:
    load(write(1, products="[exchange-server]"), NOW)
    for text in ("'", "a & | ! ( ) <-> :*", "\\", "\0", "☃", "x" * 100_000, "certificate " * 20_000):
        assert suggested(text=text) == [1]


def test_nothing_is_suggested_for_codes_that_nobody_knows(write: Write) -> None:
    load(write(1, products="[exchange-server]"), NOW)
    assert suggested(product="abacus", category="beads", problem="stuck") == []


def test_an_article_without_its_english_original_is_neither_suggested_nor_shown(write: Write) -> None:
    unfinished = Article.objects.create(number=1, last_reviewed_on=date(2026, 1, 1))
    Translation.objects.create(
        article=unfinished, language="cs", title="Fronty", summary="Fronty.", body="Text."
    )
    assert suggested(text="Fronty", language="cs") == []
    with pytest.raises(ArticleNotFound):
        queries.article(1, "cs")


def test_suggesting_takes_two_queries_however_many_articles_there_are(
    write: Write, django_assert_num_queries: Callable[[int], object]
) -> None:
    for number in range(1, 40):
        write(number, "en", products="[exchange-server]", title=f"Certificate {number}")
        folder = write(number, "cs", title=f"Certifikát {number}")
    load(folder, NOW)
    with django_assert_num_queries(2):  # type: ignore[attr-defined]
        assert len(suggested(text="certifikáty", language="cs", problem="queues-grow", more=True)) == 12


# Reading


@pytest.mark.req("KNO-1")
def test_an_article_shows_its_number_revision_review_date_and_what_it_applies_to(
    write: Write, django_assert_num_queries: Callable[[int], object]
) -> None:
    write(
        7,
        revision=3,
        products="[exchange-server]",
        categories="[mail-flow]",
        roles="[it-professional, partner]",
        body="## Steps\n\n1. Look at `Get-Queue`.\n",
    )
    load(write(7, "fr", of_revision=3, title="Le courrier", summary="En bref."), NOW)
    with django_assert_num_queries(4):  # type: ignore[attr-defined]
        page = queries.article(7, "en")
    assert (page.number, page.revision, page.last_reviewed_on) == (7, 3, date(2026, 10, 1))
    assert page.products == ("Exchange Server",)
    assert page.categories == ("Mail flow",)
    assert [str(role) for role in page.roles] == ["IT professionals", "Partners"]
    assert page.languages == ("en", "fr")
    assert page.is_original
    assert page.notes == ()
    assert "<h2>Steps</h2>" in page.body
    assert "<code>Get-Queue</code>" in page.body


@pytest.mark.req("KNO-1")
def test_a_machine_translation_says_so_and_points_to_the_original(write: Write) -> None:
    write(7)
    load(write(7, "cs", title="Sedm", machine_translated="true"), NOW)
    page = queries.article(7, "cs")
    assert (page.language, page.title, page.is_original, page.machine_translated) == (
        "cs",
        "Sedm",
        False,
        True,
    )
    assert [note.code for note in page.notes] == ["article.machine-translated"]
    assert "machine" in str(page.notes[0].sentence)
    assert queries.article(7, "en").is_original


@pytest.mark.req("KNO-1")
def test_a_translation_by_people_carries_no_warning(write: Write) -> None:
    write(7)
    load(write(7, "cs", title="Sedm"), NOW)
    assert queries.article(7, "cs").notes == ()


@pytest.mark.req("KNO-1")
def test_a_translation_of_an_earlier_revision_says_so(write: Write) -> None:
    write(7, revision=2)
    load(write(7, "cs", of_revision=1), NOW)
    assert [note.code for note in queries.article(7, "cs").notes] == ["article.older-than-original"]


@pytest.mark.req("KNO-1")
def test_an_article_without_a_translation_is_shown_in_english_and_says_so(write: Write) -> None:
    load(write(7), NOW)
    page = queries.article(7, "vi")
    assert page.language == "en"
    assert [note.code for note in page.notes] == ["article.only-in-english"]


def test_an_unknown_or_retired_article_is_not_found(write: Write) -> None:
    load(write(7), NOW)
    with pytest.raises(LookupError):
        queries.article(8, "en")
    Article.objects.update(retired_at=NOW)
    with pytest.raises(ArticleNotFound):
        queries.article(7, "en")
    assert suggested(text="Article 7") == []


@pytest.mark.parametrize(
    "harmful",
    [
        "<script>alert(1)</script>",
        '<img src=x onerror="alert(1)">',
        "<a href='javascript:alert(1)'>x</a>",
        "<div style='position:fixed'>over everything</div>",
    ],
)
def test_html_in_an_article_is_shown_and_not_run(write: Write, harmful: str) -> None:
    load(write(7, body=f"Before.\n\n{harmful}\n\nAfter."), NOW)
    body = queries.article(7, "en").body
    assert "After." in body
    for tag in ("<script", "<img", "<a", "<div"):
        assert tag not in body


def test_a_text_that_got_past_the_files_is_cleaned_all_the_same(write: Write) -> None:
    load(write(7), NOW)
    text = Translation.objects.get()
    text.body = (
        "# Big\n\n[x](javascript:alert(1)) [y](https://example.com) [z](http://example.com)\n\n    code"
    )
    text.save()
    body = queries.article(7, "en").body
    assert "<h1" not in body
    assert "javascript:alert(1)" not in body.replace("[x](javascript:alert(1))", "")
    assert '<a href="https://example.com" rel="noopener noreferrer">y</a>' in body
    assert 'href="http:' not in body
    assert '<pre tabindex="0">' in body


def test_a_table_looks_like_the_tables_of_the_portal_and_can_be_scrolled_with_the_keyboard(
    write: Write,
) -> None:
    table = "| What | Helps |\n| --- | --- |\n| `A` | **B** |"
    load(write(7, body=f'{table}\n\n[x](https://example.com "<table>")\n\n<div class="table-wrap">'), NOW)
    body = queries.article(7, "en").body
    assert body.count("<div") == body.count("<table class") == 1
    wrap = re.search(r'<div ([^>]+)><table class="table">\s*<thead>', body)
    assert wrap is not None
    assert set(wrap[1].split()) == {'class="table-wrap"', 'tabindex="0"'}
    assert "</table></div>" in body
    assert "<td><code>A</code></td>" in body


# Verdicts


@pytest.mark.req("WIZ-1", "KNO-1")
def test_a_verdict_is_kept_once_for_each_draft_article_and_account(write: Write) -> None:
    load(write(7), NOW)
    carla, cem = world.viewer("carla"), world.viewer("cem")
    draft, another = uuid.uuid4(), uuid.uuid4()
    for _ in range(2):
        record_verdict(article=7, draft_key=draft, verdict="solved", actor=carla, at=NOW)
    record_verdict(article=7, draft_key=draft, verdict="solved", actor=carla, at=LATER)
    assert list(Verdict.objects.values_list("verdict", "at")) == [("solved", NOW)]
    record_verdict(article=7, draft_key=another, verdict="solved", actor=carla, at=NOW)
    record_verdict(article=7, draft_key=draft, verdict="not-helpful", actor=cem, at=NOW)
    assert Verdict.objects.count() == 3
    assert queries.verdicts(carla, draft_key=draft) == {7: "solved"}
    assert queries.verdicts(cem, draft_key=draft) == {7: "not-helpful"}
    assert queries.verdicts(world.viewer("olaf"), draft_key=draft) == {}


@pytest.mark.req("WIZ-1")
def test_a_change_of_mind_replaces_the_verdict(write: Write) -> None:
    load(write(7), NOW)
    carla, draft = world.viewer("carla"), uuid.uuid4()
    record_verdict(article=7, draft_key=draft, verdict="solved", actor=carla, at=NOW)
    record_verdict(article=7, draft_key=draft, verdict="not-helpful", actor=carla, at=LATER)
    assert list(Verdict.objects.values_list("verdict", "at")) == [("not-helpful", LATER)]


@pytest.mark.req("KNO-1")
def test_feedback_outside_a_draft_is_kept_once_too(write: Write) -> None:
    load(write(7), NOW)
    carla = world.viewer("carla")
    for _ in range(2):
        record_verdict(article=7, draft_key=None, verdict="solved", actor=carla, at=NOW)
    assert Verdict.objects.count() == 1
    kept = Verdict.objects.get()
    with pytest.raises(IntegrityError, match="article_verdict_once"), transaction.atomic():
        Verdict.objects.create(article=kept.article, account_id=kept.account_id, verdict="solved", at=NOW)


def test_a_verdict_that_is_none_is_refused(write: Write) -> None:
    load(write(7), NOW)
    with pytest.raises(CannotRecordVerdict) as refused:
        record_verdict(article=7, draft_key=None, verdict="great", actor=world.viewer("carla"), at=NOW)
    assert refused.value.decision.codes == ("verdict.unknown",)
    with pytest.raises(ArticleNotFound):
        record_verdict(article=8, draft_key=None, verdict="solved", actor=world.viewer("carla"), at=NOW)
    assert not Verdict.objects.exists()


# Loading


@pytest.mark.req("KNO-1")
def test_loading_twice_changes_nothing(
    write: Write, django_assert_max_num_queries: Callable[[int], object]
) -> None:
    write(1, products="[exchange-server]")
    folder = write(1, "cs")
    assert load(folder, NOW).added == ("1.cs.md", "1.md")
    before = list(Translation.objects.values()), list(Article.objects.values())
    with django_assert_max_num_queries(10) as statements:  # type: ignore[attr-defined]
        again = load(folder, LATER)
    assert again.nothing_to_do
    assert again.unchanged == ("1.cs.md", "1.md")
    assert not [s for s in statements if s["sql"].startswith(("INSERT", "UPDATE", "DELETE"))]
    assert (list(Translation.objects.values()), list(Article.objects.values())) == before


def test_only_what_changed_in_the_files_is_written(write: Write) -> None:
    write(1)
    folder = write(2)
    load(folder, NOW)
    write(2, revision=2, title="Certificates", products="[exchange-server]")
    loaded = load(folder, LATER)
    assert (loaded.changed, loaded.unchanged) == (("2.md",), ("1.md",))
    page = queries.article(2, "en")
    assert (page.title, page.revision, page.products) == ("Certificates", 2, ("Exchange Server",))
    assert suggested(text="certificates") == [2]


def test_an_edit_in_the_admin_stays_until_its_file_changes(write: Write) -> None:
    folder = write(1)
    load(folder, NOW)
    text = Translation.objects.get()
    text.title = "Edited here"
    text.save()
    load(folder, LATER)
    assert queries.article(1, "en").title == "Edited here"
    write(1, title="Edited in the file")
    load(folder, LATER)
    assert queries.article(1, "en").title == "Edited in the file"


def test_an_article_whose_file_is_gone_is_retired_and_comes_back_with_it(write: Write) -> None:
    write(1)
    folder = write(2)
    translated = write(2, "cs")
    load(folder, NOW)
    for path in translated.glob("2*.md"):
        path.unlink()
    gone = load(folder, LATER)
    assert (gone.retired, gone.removed) == ((2,), ("2.cs.md",))
    assert Article.objects.get(number=2).retired_at == LATER
    assert load(folder, LATER).nothing_to_do
    write(2)
    assert load(folder, LATER).changed == ("2.md",)
    assert queries.article(2, "en").languages == ("en",)


def test_an_article_retired_in_the_admin_stays_retired(write: Write) -> None:
    folder = write(1)
    load(folder, NOW)
    Article.objects.update(retired_at=NOW)
    load(folder, LATER)
    assert Article.objects.get().retired_at == NOW


def test_an_article_written_in_the_admin_is_left_alone_and_keeps_its_number(write: Write) -> None:
    folder = write(1)
    own = Article.objects.create(number=2, last_reviewed_on=date(2026, 1, 1))
    Translation.objects.create(article=own, language="en", title="Ours", summary="Own.", body="Text.")
    load(folder, NOW)
    assert queries.article(2, "en").title == "Ours"
    write(2)
    with pytest.raises(ArticleMistakes) as refused:
        load(folder, LATER)
    assert str(refused.value).startswith(
        "2.md:2:9: number: expected a number that no article written in the admin"
    )


def test_a_translation_added_in_the_admin_stays(write: Write) -> None:
    folder = write(1)
    load(folder, NOW)
    Translation.objects.create(
        article=Article.objects.get(), language="fr", title="Un", summary="Un.", body="Un."
    )
    write(1, revision=2)
    assert load(folder, LATER).removed == ()
    assert queries.article(1, "fr").title == "Un"


def test_a_text_is_found_by_its_new_words_after_any_save(write: Write) -> None:
    load(write(1), NOW)
    text = Translation.objects.get()
    text.title = "Abacus"
    text.save(update_fields=["title"])
    assert suggested(text="abacus") == [1]


def test_what_the_database_refuses_half_way_leaves_nothing_behind(write: Write) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE 'no room'; END $$;"
            "CREATE TRIGGER refuse BEFORE INSERT ON knowledge_translation FOR EACH ROW"
            " WHEN (NEW.title = 'Refused') EXECUTE FUNCTION refuse()"
        )
    write(1)
    with pytest.raises(DatabaseError, match="no room"):
        load(write(2, title="Refused"), NOW)
    assert not Article.objects.exists()


@pytest.mark.parametrize(
    ("head", "body", "line", "said"),
    [
        ({"number": "one"}, "Text.", 2, "number: expected a whole number of at least 1, got 'one'"),
        ({"revision": 0}, "Text.", 3, "revision: expected a whole number of at least 1"),
        (
            {"last_reviewed_on": "2026-02-30"},
            "Text.",
            4,
            "last_reviewed_on: expected a day written as 2026-11-20",
        ),
        ({"title": None}, "Text.", 2, "title: expected text of at most 200 characters, got nothing"),
        (
            {"title": "t" * 201},
            "Text.",
            5,
            "title: expected text of at most 200 characters, got 201 characters",
        ),
        (
            {"title": '"with \\u202e in it"'},
            "Text.",
            5,
            "title: expected text without control characters, got U+202E",
        ),
        ({"summary": "[a, b]"}, "Text.", 6, "summary: expected text of at most 400 characters, got a list"),
        (
            {"products": "[exchange-serve]"},
            "Text.",
            7,
            "products[1]: expected the code of a product (did you mean \"exchange-server\"?), got 'exchange-serve'",
        ),
        ({"categories": "mail-flow"}, "Text.", 7, "categories: expected a list of codes, each of a category"),
        ({"problem_types": "[repair]"}, "Text.", 7, "problem_types[1]: expected the code of a problem type"),
        ({"roles": "[partner, partner]"}, "Text.", 7, "roles[2]: expected each code once"),
        (
            {"roles": "[partners]"},
            "Text.",
            7,
            'roles[1]: expected the code of a role (did you mean "partner"?)',
        ),
        ({"prodcuts": "[]"}, "Text.", 7, "prodcuts: expected one of the keys number, title"),
        ({"title": "'half"}, "Text.", 6, "the file: expected YAML"),
        ({}, "", 8, "the text: expected text below the head, got nothing"),
        ({}, "Text.\n\n# Big", 10, "the text: expected headings from ## to ####"),
        (
            {},
            "Text.\n\n[x](http://example.com)",
            10,
            "the text: expected a link that begins with https: or mailto:",
        ),
        ({}, "Text.\nwith \u202e in it", 9, "the text: expected text without control characters, got U+202E"),
    ],
)
def test_a_mistake_names_file_line_and_what_was_expected(
    write: Write, head: dict[str, object], body: str, line: int, said: str
) -> None:
    write(1)
    folder = write(2, body=body, **head) if "number" not in head else _written_as_two(write, head, body)
    with pytest.raises(ArticleMistakes) as refused:
        load(folder, NOW)
    found = str(refused.value)
    assert found.startswith(f"2.md:{line}:")
    assert said in found
    assert not Article.objects.exists()


def _written_as_two(write: Write, head: dict[str, object], body: str) -> Path:
    folder = write(2, body=body)
    path = folder / "2.md"
    path.write_text(path.read_text().replace("number: 2", f"number: {head['number']}"))
    return folder


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"number: 2\n", "2.md:1:1: the head: expected a line ---, got 'number: 2'"),
        (b"---\nnumber: 2\n", "2.md:3:1: the head: expected a line --- at its end, got none"),
        (
            b"---\nnumber: 2\nlanguage: de\n---\nText.",
            "2.md:3:11: language: expected one of en, el, vi, pl, cs, fr",
        ),
        (b"---\n- a\n---\nText.", "the file: expected keys with values, got a list"),
        (
            b"---\nnumber: 2\ntitle: \xff\n---\n",
            "2.md:3:1: the file: expected text in UTF-8, got the byte 0xff",
        ),
        (b"---\n" + b"x" * 200_000, "the file: expected at most 200000 bytes"),
    ],
)
def test_a_file_that_is_no_article_is_refused(write: Write, content: bytes, said: str) -> None:
    folder = write(1)
    (folder / "2.md").write_bytes(content)
    with pytest.raises(ArticleMistakes) as refused:
        load(folder, NOW)
    assert said in str(refused.value)
    assert not Article.objects.exists()


def test_files_are_held_against_one_another(write: Write) -> None:
    folder = write(1)
    write(1, "cs", of_revision=2)
    write(2, "fr")
    (folder / "copy.md").write_bytes((folder / "1.md").read_bytes())
    with pytest.raises(ArticleMistakes) as refused:
        load(folder, NOW)
    assert [str(mistake) for mistake in refused.value.mistakes] == [
        "1.cs.md:4:14: of_revision: expected a revision that 1.md has reached, at most 1, got 2",
        "2.fr.md:2:9: number: expected the number of an article in English, got 2",
        "copy.md:2:9: number: expected a number and language that only one file has (1.md has them too), got 1 in en",
    ]


def test_the_mistakes_of_all_files_are_told_together_and_nothing_is_changed(write: Write) -> None:
    folder = write(1)
    load(folder, NOW)
    write(1, title="Changed")
    write(2, revision="x", products="[abacus]")
    write(3, title=None)
    with pytest.raises(ArticleMistakes) as refused:
        load(folder, LATER)
    assert len(refused.value.mistakes) == 3
    assert queries.article(1, "en").title == "Article 1"


def test_a_folder_without_articles_is_a_mistake_and_retires_nothing(write: Write, tmp_path: Path) -> None:
    load(write(1), NOW)
    with pytest.raises(ArticleMistakes, match="expected article files"):
        load(tmp_path / "nowhere", LATER)
    assert queries.article(1, "en").number == 1


def test_two_that_load_at_the_same_time_take_turns(write: Write) -> None:
    load(write(1), NOW)  # its lock is held until this test's transaction ends
    with ThreadPoolExecutor(1) as aside:
        assert aside.submit(_lock_is_free).result() is False


def _lock_is_free() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [0x41525449])
            return bool(cursor.fetchone()[0])
    finally:
        connection.close()


def test_the_command_says_what_it_did(write: Write) -> None:
    folder = write(1)
    out = StringIO()
    call_command("articles", "load", str(folder), stdout=out)
    assert out.getvalue() == "added    1.md\n"
    out = StringIO()
    call_command("articles", "load", str(folder), stdout=out)
    assert out.getvalue() == "All 1 files were loaded before.\n"
    write(1, revision="x")
    with pytest.raises(CommandError, match=r"1\.md:3:11: revision: [^\n]*\nNothing was changed: 1 mistake\."):
        call_command("articles", "load", str(folder))


# The articles that come along


@pytest.mark.req("KNO-1", "LOC-1")
def test_our_articles_load_and_four_of_them_speak_every_language() -> None:
    load(OURS, NOW)
    assert 8 <= Article.objects.count() <= 12
    for number in Article.objects.values_list("number", flat=True):
        page = queries.article(number, "en")
        assert page.body
        assert len(page.summary) <= 200
    everywhere = [n for n in range(1001, 1013) if set(queries.article(n, "en").languages) == set(LANGUAGES)]
    assert everywhere == [1001, 1002, 1003, 1007]


@pytest.mark.req("WIZ-1")
@pytest.mark.parametrize(
    ("product", "category", "problem", "language", "text", "first"),
    [
        (
            "exchange-server",
            "mail-flow",
            "queues-grow",
            "en",
            "Queues growing since certificate renewal",
            1007,
        ),
        (
            "exchange-server",
            "mail-flow",
            "not-delivered",
            "en",
            "452 4.3.1 Insufficient system resources",
            1011,
        ),
        ("exchange-server", "mail-flow", "queues-grow", "cs", "Po vypršení certifikátu rostou fronty", 1007),
        (
            "exchange-server",
            "mail-flow",
            "queues-grow",
            "el",
            "Η αλληλογραφία σταμάτησε, έληξε πιστοποιητικό",
            1007,
        ),
        ("exchange-server", "mail-flow", "queues-grow", "vi", "Hàng đợi tăng, chứng chỉ hết hạn", 1007),
        ("exchange-server", "mail-flow", "queues-grow", "pl", "Kolejki rosną, wygasły certyfikaty", 1007),
        ("exchange-server", "mail-flow", "queues-grow", "fr", "Le certificat a expiré hier soir", 1007),
        ("sql-server", "database-engine", "", "en", "Backup job fails with error 3041", 1008),
        ("sql-server", "database-engine", "", "en", "Transaction log full, error 9002", 1012),
        ("windows-server", "directory", "sign-in-fails", "en", "Users cannot sign in since Monday", 1006),
        ("windows-server", "updates", "broken-after-update", "en", "Roll back update on cluster node", 1009),
        ("windows-11", "activation", "not-activated", "en", "0xC004F074 when activating", 1010),
        ("sharepoint-server", "sites", "", "en", "what severity should I choose", 1002),
        ("sharepoint-server", "sites", "", "fr", "quelle gravité choisir", 1002),
        ("partner-membership", "benefits", "ids-lost", "pl", "Nie mogę znaleźć identyfikatora dostępu", 1001),
        ("", "", "", "cs", "co napsat do popisu", 1003),
    ],
)
def test_our_articles_answer_the_questions_they_were_written_for(
    product: str, category: str, problem: str, language: str, text: str, first: int
) -> None:
    load(OURS, NOW)
    assert (
        suggested(product=product, category=category, problem=problem, language=language, text=text)[0]
        == first
    )


# Operators


@pytest.fixture
def operator() -> Client:
    account = world.person("marta", is_staff=True, is_superuser=True)
    client = Client()
    client.force_login(account)
    return client


def _form(language: str = "en", body: str = "Text.") -> dict[str, object]:
    text = {
        "language": language,
        "title": "Written here",
        "summary": "Own.",
        "body": body,
        "of_revision": "1",
    }
    head = {"number": "5", "revision": "1", "last_reviewed_on": "2026-11-20", "roles": ["partner"]}
    counts = {"TOTAL_FORMS": "1", "INITIAL_FORMS": "0", "MIN_NUM_FORMS": "0", "MAX_NUM_FORMS": "1000"}
    return (
        head
        | {f"translations-{key}": value for key, value in counts.items()}
        | {f"translations-0-{key}": value for key, value in text.items()}
    )


def test_an_operator_writes_an_article_that_is_found(operator: Client) -> None:
    answer = operator.post(reverse("admin:knowledge_article_add"), _form(body="About abacuses."))
    assert answer.status_code == 302
    assert Article.objects.get(number=5).roles == ["partner"]
    assert suggested(text="written here") == [5]
    assert operator.get(reverse("admin:knowledge_article_changelist")).status_code == 200


def test_an_operator_has_to_write_the_english_original(operator: Client) -> None:
    answer = operator.post(reverse("admin:knowledge_article_add"), _form(language="cs"))
    assert b"Write the English original" in answer.content
    assert not Article.objects.exists()


def test_an_operator_is_told_what_the_page_would_leave_out(operator: Client) -> None:
    answer = operator.post(reverse("admin:knowledge_article_add"), _form(body="Text.\n\n# Big"))
    assert b"Line 3: expected headings from ## to ####" in answer.content
    assert not Article.objects.exists()


def test_an_operator_retires_articles_and_brings_them_back_but_never_deletes(
    operator: Client, write: Write
) -> None:
    load(write(5), NOW)
    article = Article.objects.get()
    listing = reverse("admin:knowledge_article_changelist")
    for action, retired in (("retire", True), ("bring_back", False)):
        operator.post(listing, {"action": action, "_selected_action": [str(article.pk)]})
        article.refresh_from_db()
        assert (article.retired_at is not None) is retired
    assert operator.post(reverse("admin:knowledge_article_delete", args=[article.pk])).status_code == 403


@pytest.mark.req("LOC-1")
def test_the_notes_are_lazy_so_that_each_reader_gets_their_language(write: Write) -> None:
    load(write(7), NOW)
    with translation.override("en"):
        note = queries.article(7, "cs").notes[0]
    assert not isinstance(note.sentence, str)


# The database


@pytest.mark.parametrize(
    ("changes", "guard"),
    [
        ({"language": "de"}, "article_translation_language_known"),
        ({"machine_translated": True}, "article_original_by_people"),
        ({"title": ""}, "article_translation_complete"),
    ],
)
def test_the_database_refuses_a_text_that_cannot_be(
    write: Write, changes: dict[str, object], guard: str
) -> None:
    load(write(1), NOW)
    with pytest.raises(IntegrityError, match=guard), transaction.atomic():
        Translation.objects.update(**changes)
