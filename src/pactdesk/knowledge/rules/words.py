"""Text as the search index knows it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Final

from pactdesk.kernel.worded import FALLBACK, LANGUAGES

MOST_WORDS: Final = 60
MOST_CHARACTERS: Final = 20_000
LONGEST_WORD: Final = 40
SHORTEST_STEM: Final = 3
# Raise it with every change to `search_words`: files are then indexed anew when they are loaded next.
WORDS_VERSION: Final = "1"

_WORD = re.compile(r"[^\W_]+")
_DIGIT = re.compile(r"[0-9]")
# Letters that are not a plain letter with an accent on it.
_PLAIN = str.maketrans({"đ": "d", "ł": "l", "ı": "i", "ø": "o", "œ": "oe", "æ": "ae"})


def known_language(language: str) -> str:
    """The language of ours that `language` ("fr-CA", "cs") stands for; English where it is none of them."""
    code = language.replace("_", "-").lower().partition("-")[0]
    return code if code in LANGUAGES else FALLBACK


def folded(text: str) -> str:
    """`text` in small letters without accents, so that "Zálohování" and "zalohovani" are one word."""
    apart = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(character for character in apart if not unicodedata.combining(character))
    return plain.translate(_PLAIN)


def search_words(text: str, language: str) -> list[str]:
    """The words of `text` that are worth finding, folded and without the endings that inflection adds.

    The index and the question go through the same hands, so it matters little that a stem is no word. Vietnamese does
    not inflect. Error codes and other words with digits stay whole.
    """
    unwanted = _STOP_WORDS[language]
    return [stem(word, language) for word in plain_words(text) if len(word) > 1 and word not in unwanted]


def plain_words(text: str) -> list[str]:
    """The words of `text` as they stand there, folded; letters and digits only."""
    return [word[:LONGEST_WORD] for word in _WORD.findall(folded(text[:MOST_CHARACTERS]))]


def asked_words(text: str, language: str) -> tuple[str, ...]:
    """The words to look for when somebody has written `text`, each once, the first ones only."""
    return tuple(dict.fromkeys(search_words(text, language)))[:MOST_WORDS]


@lru_cache(maxsize=8192)
def stem(word: str, language: str) -> str:
    """A folded word without the endings that inflection adds in `language`, one of ours."""
    if _DIGIT.search(word):
        return word
    # Again and again, so that "systemu" ends as "system" does, though "em" looks like an ending, too.
    while found := _ENDINGS[language].fullmatch(word):
        word = found[1]
    # "stopped" and "stop", "fulfilled" and "fulfil".
    return word[:-1] if len(word) > SHORTEST_STEM and word[-1] == word[-2] else word


def _endings(text: str) -> re.Pattern[str]:
    """A word with one of these endings; what the longest of them leaves is its first group."""
    return re.compile(rf"(.{{{SHORTEST_STEM},}}?)(?:{'|'.join(map(folded, text.split()))})")


def _stop_words(text: str) -> frozenset[str]:
    return frozenset(map(folded, text.split()))


# Light stemming: the endings of nouns, adjectives and common verbs.
_ENDINGS: Final[Mapping[str, re.Pattern[str]]] = {
    "en": _endings(
        "ations ation ates ated ating ate ures ure ings ing ied ies ion ions ed er ers es s e y ment ments ly"
    ),
    "el": _endings(
        "ματων ματος ματα σεων σεις σης σεως ικων ικους ικης ικος ικου ικη ικο ικα ικες ους ων ες ος "
        "ου ης ας οι ις εις εται ονται ουν ει εσαι ω α ε η ι ο υ"
    ),
    "vi": re.compile("(?!)"),  # does not inflect
    "pl": _endings(
        "owania owanie owaniu owaniem owac owany owana owane anie ania aniu aniem enie enia eniu "
        "eniem owie owi ami ach ego emu iem ymi imi ych ich em om ow ej ym im ac ic yc a e i o u y"
    ),
    "cs": _endings(
        "ovani ovanim ovat ovany ovana ovane ani anim eni enim ostmi osti ost ami emi ich ych imi ymi "
        "iho eho emu imu ach ech am em um ym im ou ov us at it et a e i o u y"
    ),
    "fr": _endings(
        "ations ation ements ement ateurs ateur ions ion ees ee ent ants ant er ers ez es e s aux al "
        "ux ites ite x"
    ),
}

# Words that stand in every sentence, and those with which every request begins.
_STOP_WORDS: Final[Mapping[str, frozenset[str]]] = {
    "en": _stop_words(
        "a after again all also always an and any are as at be been before but by can cannot could "
        "did do does doesn don every for from get gets getting got had has have help how if in into "
        "is isn it its just me my need no not now of on only or our please problem should since so "
        "some than that the their them then there these they this to try trying up us use using very "
        "want was we were what when where which who why will with without won would you your"
    ),
    "el": _stop_words(
        "από αυτό αυτή αυτός αλλά αν για δεν εδώ είναι εκεί ενώ ένα έναν ένας έχει έχουμε έχω ή η θα "
        "και κατά κάθε μας με μετά μη μην μια μία μου μπορεί μπορώ μπορούμε να ο οι όμως όπως όταν "
        "ότι πιο πολύ πρέπει πρόβλημα προς πως σας σε σαν στα στη στην στις στο στον στους τα τη την "
        "της τι τις το τον του τους των ως"
    ),
    "vi": _stop_words(
        "bị bởi các cách cái cần cho chúng có còn của cùng cũng đã đang để đến đều được gì hay hãy "
        "hoặc hơn khi không là lại làm lỗi mà mỗi một này nên nếu như nhưng những nữa ở phải ra rất "
        "rồi sau sẽ tại thì theo thế tôi trên trong trước từ và vào vấn đề vẫn về vì với xin"
    ),
    "pl": _stop_words(
        "ale albo bardzo bez bo by być był była było co czy dla do dlaczego gdy go i ich ile jak jaki "
        "jako jest jego jej jeśli już każdy kiedy która które który ma mam mamy mi mnie moja mój może "
        "można my na nam nas nasz nasza nie nim niż o od oraz po pod przed przez przy problem się są "
        "ta tak także tego tej ten to tu tylko tym w we wszystko z za ze że"
    ),
    "cs": _stop_words(
        "aby ale ani asi az bez být byl byla bylo co další do ho i jak jako je jejich jen ještě jsme "
        "jsou jsem k kde když která které který ma má máme mi mne můj může my na nad nám náš naše ne "
        "nebo není než o od po pod podle pro proč problém před při protože s se si tak také tam ten "
        "tento to toto tu u už v ve však všechny vy z za ze že"
    ),
    "fr": _stop_words(
        "à alors après au aucun aussi aux avant avec avoir ce cela ces cet cette chaque comme comment "
        "dans de depuis des donc du elle elles en encore est et été être eux fait il ils je la le les "
        "leur leurs lors lui ma mais me même mes mon ne nos notre nous on ont ou où par pas peut peux "
        "plus pour pourquoi problème puis quand que qui sa sans se ses si son sont sur ta tes "
        "toujours tous tout toute très tu un une vos votre vous y"
    ),
}

if set(_ENDINGS) != set(LANGUAGES) or set(_STOP_WORDS) != set(LANGUAGES):
    raise RuntimeError("the languages of the index are not those of the installation")
