"""Which articles come first, and how words find one another in six languages."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.kernel.worded import LANGUAGES
from pactdesk.knowledge.rules import Candidate, asked_words, folded, in_order, known_language, search_words


def candidate(
    number: int, *, product: bool = False, category: bool = False, others: bool = False, match: float = 0.0
) -> Candidate:
    return Candidate(number, product, category, others, match)


@pytest.mark.req("WIZ-1", "KNO-1")
def test_articles_that_name_the_product_or_category_come_before_general_ones() -> None:
    general = candidate(1, match=5.0)
    fitting = candidate(2, product=True)
    assert in_order([general, fitting], limit=3, more=False) == (2, 1)


@pytest.mark.req("WIZ-1")
def test_among_fitting_articles_the_text_decides() -> None:
    both = candidate(1, product=True, category=True, match=0.1)
    matching = candidate(2, product=True, match=1.2)
    assert in_order([both, matching], limit=3, more=False) == (2, 1)


@pytest.mark.req("WIZ-1")
def test_without_a_text_the_article_that_names_both_comes_first() -> None:
    chosen = [
        candidate(1, category=True),
        candidate(2, product=True),
        candidate(3, product=True, category=True),
    ]
    assert in_order(chosen, limit=3, more=False) == (3, 2, 1)


@pytest.mark.req("WIZ-1")
def test_a_general_article_has_to_match_the_text_to_be_suggested() -> None:
    weak, strong = candidate(1, match=0.1), candidate(2, match=0.7)
    assert in_order([weak, strong], limit=3, more=False) == (2,)


@pytest.mark.req("WIZ-1")
def test_an_article_for_another_category_of_the_product_has_to_match_the_text() -> None:
    other = candidate(1, product=True, others=True, match=0.1)
    assert in_order([other], limit=3, more=False) == ()
    assert in_order([candidate(1, product=True, others=True, match=0.9)], limit=3, more=False) == (1,)


@pytest.mark.req("WIZ-1")
@given(
    candidates=st.lists(
        st.builds(
            Candidate,
            number=st.integers(1, 999),
            names_product=st.booleans(),
            names_category=st.booleans(),
            names_other_categories=st.booleans(),
            match=st.floats(0, 5),
        ),
        unique_by=lambda candidate: candidate.number,
        max_size=30,
    ),
    limit=st.integers(0, 6),
)
def test_showing_more_keeps_what_was_shown_and_adds_to_it(candidates: list[Candidate], limit: int) -> None:
    few = in_order(candidates, limit=limit, more=False)
    many = in_order(candidates, limit=limit, more=True)
    assert many[: len(few)] == few
    assert len(few) <= limit
    assert len(many) <= 12
    assert len(set(many)) == len(many)


@pytest.mark.req("LOC-1")
@pytest.mark.parametrize(
    ("language", "written", "meant"),
    [
        ("en", "The certificates expired", "expiring certificate"),
        ("en", "backups are failing", "A backup failed"),
        ("en", "Mail flow stopped", "mails stop flowing"),
        ("el", "Έληξαν τα πιστοποιητικά", "πιστοποιητικού έληξε"),
        ("el", "η ενεργοποίηση απέτυχε", "ΕΝΕΡΓΟΠΟΙΗΣΗΣ απέτυχε"),
        ("vi", "không đăng nhập được", "Đăng nhập bị lỗi"),
        ("pl", "certyfikat wygasł", "Wygasły certyfikaty"),
        ("pl", "błędu logowania", "Logowanie"),
        ("cs", "vypršel certifikát", "certifikátu vypršela platnost"),
        ("cs", "zálohování selhává", "zálohy"),
        ("cs", "systém", "v tomto systému"),
        ("fr", "le certificat a expiré", "expiration du certificat"),
        ("fr", "Échec de l’activation", "activer"),
    ],
)
def test_words_are_found_in_other_forms(language: str, written: str, meant: str) -> None:
    assert set(search_words(written, language)) & set(search_words(meant, language))


@pytest.mark.parametrize("language", LANGUAGES)
def test_error_codes_stay_whole_in_every_language(language: str) -> None:
    assert "0xc004f07e" in search_words("Error 0xC004F07E!", language)
    assert "3041" in search_words("(3041)", language)


def test_words_that_stand_in_every_sentence_are_not_looked_for() -> None:
    assert search_words("We cannot do this and it is not our problem", "en") == []
    assert search_words("Δεν μπορώ να το κάνω", "el") == search_words("κάνω", "el")


def test_accents_and_capitals_do_not_matter() -> None:
    assert folded("Zálohování ŁĄCZE Đăng nhập ΣΎΝΔΕΣΗΣ") == "zalohovani lacze dang nhap συνδεσησ"


@given(text=st.text(max_size=300), language=st.sampled_from(LANGUAGES))
def test_any_text_becomes_words_that_the_database_can_take(text: str, language: str) -> None:
    for word in asked_words(text, language):
        assert word
        assert not set(word) & set(" '\\&|!():*<>\0")


def test_neither_long_words_nor_long_texts_are_taken_whole() -> None:
    assert [len(word) for word in search_words("xy" * 1_500, "vi")] == [40]
    assert len(search_words("word " * 10_000, "en")) == 4_000


def test_no_more_words_are_asked_for_than_a_question_has() -> None:
    text = " ".join(f"word{number}" for number in range(500))
    assert len(asked_words(text, "en")) == 60


@pytest.mark.req("LOC-1")
def test_a_regional_form_takes_its_language_and_an_unknown_one_english() -> None:
    assert known_language("fr-CA") == "fr"
    assert known_language("pt_BR") == "en"
    assert known_language("") == "en"
