"""Replies are cut to what their writer wrote, whatever the language and the program; nothing written is lost."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pactdesk.mailbox.rules.quoting import own_words

US = "support+2t9c.1.abcdefghijklmnopqrstuvwxyz@reply.pactdesk.example"
WHO = f"Pactdesk <{US}>"
QUOTE = "> Please send the log.\n>\n> Ines"
PLAIN = "Please send the log.\n\nInes"

# (language, program, the line that introduces the quote)
INTRODUCTIONS = [
    ("en", "Gmail", f"On Fri, 20 Nov 2026 at 14:32, {WHO} wrote:"),
    ("en", "Gmail US", f"On Fri, Nov 20, 2026 at 2:32 PM {WHO} wrote:"),
    ("en", "Apple Mail", f"On 20 Nov 2026, at 14:32, {WHO} wrote:"),
    ("en", "Thunderbird", "On 20/11/2026 14:32, Pactdesk wrote:"),
    ("en", "Yahoo", f"On Friday, 20 November 2026 at 14:32:07 CET, {WHO} wrote:"),
    ("el", "Gmail", f"Στις Παρ 20 Νοε 2026 στις 2:32 μ.μ., ο χρήστης {WHO} έγραψε:"),
    ("el", "Apple Mail", f"Στις 20 Νοε 2026, στις 2:32 μ.μ., ο χρήστης {WHO} έγραψε:"),
    ("el", "Thunderbird", "Στις 20/11/2026 14:32, ο/η Pactdesk έγραψε:"),
    ("el", "Yahoo", f"Την Παρασκευή 20 Νοεμβρίου 2026 στις 02:32:07 μ.μ. EET, ο χρήστης {WHO} έγραψε:"),
    ("vi", "Gmail", f"Vào Th 6, 20 thg 11, 2026 vào lúc 14:32 {WHO} đã viết:"),
    ("vi", "Apple Mail", f"Vào 14:32, 20 thg 11, 2026, {WHO} đã viết:"),
    ("vi", "Thunderbird", "Vào lúc 14:32 ngày 20/11/2026, Pactdesk viết:"),
    ("vi", "Yahoo", f"Vào 14:32:07 GMT+7 Thứ Sáu, 20 tháng 11, 2026, {WHO} đã viết:"),
    ("pl", "Gmail", f"pt., 20 lis 2026 o 14:32 {WHO} napisał(a):"),
    ("pl", "Apple Mail", f"Wiadomość napisana przez {WHO} w dniu 20 lis 2026, o godz. 14:32:"),
    ("pl", "Thunderbird", "W dniu 20.11.2026 o 14:32, Pactdesk pisze:"),
    ("pl", "Yahoo", f"W dniu piątek, 20 listopada 2026 14:32:07 CET użytkownik {WHO} napisał:"),
    ("pl", "Onet", f"Dnia 20 listopada 2026 14:32 {WHO} napisał(a):"),
    ("cs", "Gmail", f"pá 20. 11. 2026 v 14:32 odesílatel {WHO} napsal:"),
    ("cs", "Apple Mail", f"20. 11. 2026 v 14:32, {WHO}:"),
    ("cs", "Thunderbird", "Dne 20. 11. 26 v 14:32 Pactdesk napsal(a):"),
    ("cs", "Apple Mail, older", f"Dne 20. 11. 2026 v 14:32 uživatel {WHO} napsal:"),
    ("fr", "Gmail", f"Le ven. 20 nov. 2026 à 14:32, {WHO} a écrit :"),
    ("fr", "Apple Mail", f"Le 20 nov. 2026 à 14:32, {WHO} a écrit\xa0:"),
    ("fr", "Thunderbird", "Le 20/11/2026 à 14:32, Pactdesk a écrit :"),
    ("fr", "Yahoo", f"Le vendredi 20 novembre 2026 à 14:32:07 UTC+1, {WHO} a écrit :"),
]
WORDS = {
    "en": "It failed again.\n\nThe log says:\n- code 5\n- code 7",
    "el": "Απέτυχε πάλι.\n\nΤο αρχείο λέει:\n- κωδικός 5",
    "vi": "Vẫn bị lỗi.\n\nNhật ký ghi:\n- mã 5",
    "pl": "Znowu nie działa.\n\nW dzienniku jest:\n- kod 5",
    "cs": "Zase to nejde.\n\nV logu je:\n- kód 5",
    "fr": "Cela a encore échoué.\n\nLe journal dit :\n- code 5",
}
IDS = [f"{language}, {program}" for language, program, _ in INTRODUCTIONS]


@pytest.mark.parametrize(("language", "program", "introduction"), INTRODUCTIONS, ids=IDS)
def test_what_is_written_above_a_quote_is_kept(language: str, program: str, introduction: str) -> None:
    assert own_words(f"{WORDS[language]}\n\n{introduction}\n\n{QUOTE}") == WORDS[language]


@pytest.mark.parametrize(("language", "program", "introduction"), INTRODUCTIONS, ids=IDS)
def test_an_introduction_may_be_wrapped(language: str, program: str, introduction: str) -> None:
    words = introduction.split(" ")
    for place in range(1, len(words)):
        wrapped = " ".join(words[:place]) + "\n" + " ".join(words[place:])
        assert own_words(f"{WORDS[language]}\n\n{wrapped}\n{QUOTE}") == WORDS[language]


@pytest.mark.parametrize(("language", "program", "introduction"), INTRODUCTIONS, ids=IDS)
def test_what_is_written_below_a_quote_is_kept(language: str, program: str, introduction: str) -> None:
    assert own_words(f"{introduction}\n{QUOTE}\n\n{WORDS[language]}") == WORDS[language]


@pytest.mark.parametrize(("language", "program", "introduction"), INTRODUCTIONS, ids=IDS)
def test_our_own_address_shows_where_an_unmarked_quote_begins(
    language: str, program: str, introduction: str
) -> None:
    written = f"{WORDS[language]}\n\n{introduction}\n\n{PLAIN}"
    if US in introduction and not (
        program == "Apple Mail" and language == "cs"
    ):  # which does not say "wrote"
        assert own_words(written, ours={US}) == WORDS[language]
    assert own_words(written) == written, "what somebody else wrote may be what this is about"


# (language, program, the lines above the answered mail)
HEADERS = [
    (
        "en",
        "Outlook",
        f"From: {WHO}\nSent: Friday, November 20, 2026 2:32 PM\nTo: Ana <ana@x.example>\nSubject: PD-1",
    ),
    (
        "en",
        "Outlook for phones",
        f"________________________________\nFrom: {WHO}\nSent: Friday, 20 November 2026\nTo: Ana",
    ),
    (
        "en",
        "Outlook, old",
        "-----Original Message-----\nFrom: Pactdesk\nSent: Friday\nTo: Ana\nSubject: PD-1",
    ),
    (
        "en",
        "Outlook, HTML",
        f"________________________________\n\nFrom: {WHO}\n\nSent: Friday\n\nTo: Ana\n\nSubject: PD-1",
    ),
    ("el", "Outlook", f"Από: {WHO}\nΑποστολή: Παρασκευή, 20 Νοεμβρίου 2026 2:32 μμ\nΠρος: Ana\nΘέμα: PD-1"),
    (
        "el",
        "Outlook, web",
        f"Από: {WHO}\nΣτάλθηκε: Παρασκευή, 20 Νοεμβρίου 2026\nΠρος: Ana\nΚοιν.: Cem\nΘέμα: PD-1",
    ),
    ("el", "Outlook, old", "-----Αρχικό μήνυμα-----\nΑπό: Pactdesk\nΣτάλθηκε: Παρ\nΠρος: Ana\nΘέμα: PD-1"),
    ("vi", "Outlook", f"Từ: {WHO}\nĐã gửi: Thứ Sáu, 20 Tháng Mười Một 2026 2:32 CH\nĐến: Ana\nChủ đề: PD-1"),
    ("vi", "Outlook, web", f"Từ: {WHO}\nNgày: 20/11/2026\nTới: Ana\nTiêu đề: PD-1"),
    ("vi", "Outlook, old", "-----Thư gốc-----\nTừ: Pactdesk\nĐã gửi: Thứ Sáu\nĐến: Ana"),
    ("pl", "Outlook", f"Od: {WHO}\nWysłano: piątek, 20 listopada 2026 14:32\nDo: Ana\nTemat: PD-1"),
    ("pl", "WP", f"Od: {WHO}\nData: 20 listopada 2026 14:32\nDo: Ana\nDW: Cem\nTemat: PD-1"),
    ("pl", "Outlook, old", "-----Wiadomość oryginalna-----\nOd: Pactdesk\nWysłano: pt\nDo: Ana"),
    ("cs", "Outlook", f"Od: {WHO}\nOdesláno: pátek 20. listopadu 2026 14:32\nKomu: Ana\nPředmět: PD-1"),
    (
        "cs",
        "Seznam",
        f"---------- Původní e-mail ----------\nOd: {WHO}\nKomu: Ana\nDatum: 20. 11. 2026\nPředmět: PD-1",
    ),
    ("cs", "Outlook, old", "-----Původní zpráva-----\nOd: Pactdesk\nOdesláno: pá\nKomu: Ana"),
    ("fr", "Outlook", f"De : {WHO}\nEnvoyé : vendredi 20 novembre 2026 14:32\nÀ : Ana\nObjet : PD-1"),
    (
        "fr",
        "Outlook, web",
        f"De\xa0: {WHO}\nDate\xa0: vendredi, 20 novembre 2026\nÀ\xa0: Ana\nCc\xa0: Cem\nObjet\xa0: PD-1",
    ),
    ("fr", "Orange", "-----Message d'origine-----\nDe : Pactdesk\nEnvoyé : vendredi\nÀ : Ana"),
]


@pytest.mark.parametrize(
    ("language", "program", "headers"),
    HEADERS,
    ids=[f"{language}, {program}" for language, program, _ in HEADERS],
)
def test_the_headers_of_the_answered_mail_end_what_is_kept(language: str, program: str, headers: str) -> None:
    assert own_words(f"{WORDS[language]}\n\n{headers}\n\n{PLAIN}") == WORDS[language]
    bold = re.sub(r"(?m)^([^\W\d_][^:\n]*:) ", r"*\1* ", headers)
    assert own_words(f"{WORDS[language]}\n\n{bold}\n\n{PLAIN}") == WORDS[language]


@pytest.mark.parametrize(
    ("language", "under"),
    [
        ("en", "Sent from my iPhone"),
        ("en", "Get Outlook for iOS<https://aka.ms/o0ukef>"),
        ("en", "Kind regards,\nAna Papadaki\nOlive Grove Foods | +30 210 1234567\nwww.olive.example"),
        ("en", "Best regards"),
        (
            "en",
            "-- \nAna Papadaki\nOlive Grove Foods\n\nThis mail is confidential. If it is not for you, delete it.",
        ),
        ("en", "--\nAna"),
        ("el", "Στάλθηκε από το iPhone μου"),
        ("el", "Λήψη του Outlook για iOS"),
        ("el", "Με εκτίμηση,\nΆννα Παπαδάκη\nτηλ. 210 1234567"),
        ("vi", "Đã gửi từ iPhone của tôi"),
        ("vi", "Tải Outlook cho Android"),
        ("vi", "Trân trọng,\nNguyễn Thị Hoa\nPhòng Kỹ thuật"),
        ("pl", "Wysłane z iPhone'a"),
        ("pl", "Pobierz aplikację Outlook dla systemu iOS"),
        ("pl", "Z poważaniem\nCem Kowalski\ntel. 22 123 45 67"),
        ("pl", "Pozdrawiam serdecznie,\nCem"),
        ("cs", "Odesláno z iPhonu"),
        ("cs", "Získejte Outlook pro iOS"),
        ("cs", "S pozdravem\nNora Dvořáková\nNorthgate Distribution"),
        ("fr", "Envoyé de mon iPhone"),
        ("fr", "Télécharger Outlook pour iOS"),
        ("fr", "Cordialement,\nRafael Lemaire\nLemaire Conseil"),
        ("fr", "Bien cordialement.\n\nRafael\n\nEnvoyé de mon iPhone"),
    ],
)
def test_signatures_are_left_out(language: str, under: str) -> None:
    assert own_words(f"{WORDS[language]}\n\n{under}") == WORDS[language]
    introduction = next(line for each, _, line in INTRODUCTIONS if each == language)
    assert own_words(f"{WORDS[language]}\n\n{under}\n\n{introduction}\n{QUOTE}") == WORDS[language]


@pytest.mark.parametrize(
    "text",
    [
        "Thanks,\nthe device is PX-4711.",
        "Thanks, I tried it.\nIt still fails with error 5.",
        "- one\n- two\n- three",
        "Děkuji,\nzkusím to zítra.",
        "The setup asks:\nFrom: which server?\nand I do not know.",
        "Data: 20.11.2026\nDo: jutra",
        "Yesterday at 14:32 the server wrote:\nERROR 0x80070005",
        "On 20/11/2026 14:32 olaf@x.example wrote:\nthe new driver is out. Is it for us?",
        "Best regards are all you send me.",
        "Kind regards\nAna\n\nPS: the device is PX-4711.",
        "Kind regards\nAna\nOne more thing: it also fails with the other cable.",
        "SELECT 1;\n--\n" + "\n".join(f"-- line {number}" for number in range(30)),
        "Sent from my iPhone",
        "--\nonly this",
        "See the table:\n-----\nname  value\n-----\nx     1",
    ],
)
def test_what_only_looks_like_a_quote_or_a_signature_is_kept(text: str) -> None:
    assert own_words(text) == text


def test_quotes_between_answers_stay_because_the_answers_need_them() -> None:
    introduction = INTRODUCTIONS[0][2]
    text = "> Which version?\n\n11.2\n\n> Which port?\n\n25"
    assert own_words(f"{introduction}\n{text}\n\n> Ines") == text
    answered = "Hello,\n\n> Which version?\n\n11.2"
    assert own_words(answered) == answered


@pytest.mark.parametrize(
    "marker",
    [
        "---------- Forwarded message ---------",
        "Begin forwarded message:",
        "---------- Προωθημένο μήνυμα ----------",
        "---------- Thư đã chuyển tiếp ---------",
        "-------- Treść przekazanej wiadomości --------",
        "---------- Přeposlaná zpráva ----------",
        "-------- Message transféré --------",
    ],
)
def test_what_is_forwarded_is_kept(marker: str) -> None:
    text = f"This is what our provider says.\n\n{marker}\nFrom: Olaf\nDate: today\nTo: Ana\nSubject: Ports\n\nClosed."
    assert own_words(text) == text


@pytest.mark.parametrize(
    "subject", ["Fwd: Ports", "FW: Ports", "TR : Ports", "PD: Ports", "ΠΡΘ: Ports", "CT: Ports"]
)
def test_a_subject_says_that_a_mail_is_forwarded(subject: str) -> None:
    text = f"This is what our provider says.\n\n{HEADERS[0][2]}\n\nClosed."
    assert own_words(text, subject=subject) == text
    assert own_words(text, subject="Re: Ports") == "This is what our provider says."


def test_a_mail_that_is_only_a_quote_says_nothing() -> None:
    assert own_words(f"{INTRODUCTIONS[0][2]}\n{QUOTE}") == ""
    assert own_words("") == ""


def test_a_mail_without_a_word_above_the_headers_is_kept_whole() -> None:
    text = f"{HEADERS[0][2]}\n\nClosed."
    assert own_words(text) == text


_ODD_LINES = st.sampled_from(
    [line for _, _, lines in INTRODUCTIONS + HEADERS for line in lines.split("\n")]
    + [
        "",
        "> quoted",
        ">",
        "--",
        "-- ",
        "Kind regards",
        "Sent from my iPhone",
        "_____",
        "words",
        "12:30:",
        "From:",
        "To: x",
    ]
)


@given(st.lists(st.one_of(_ODD_LINES, st.text(max_size=40)), max_size=30).map("\n".join))
def test_whatever_comes_a_part_of_it_comes_out(text: str) -> None:
    kept = own_words(text).split("\n")
    lines = iter([line if line == "-- " else line.rstrip() for line in text.split("\n")])
    assert own_words(text) == "" or all(
        any(line.strip() == each.strip() for line in lines) for each in kept
    ), "lines are left out, never changed, never put in another order"


@pytest.mark.parametrize(
    "bomb",
    [
        "a:\n" * 160_000,
        "On 14:32 " + "a " * 240_000 + " wrote:",
        ("On 2026 14:32 " + "a@b.c " * 60 + ":\n") * 1200,
        "-----\n\n\n\n" * 60_000,
        "x\n" + "From: a\nTo: b\n\n" * 30_000,
        "> a\nb\n" * 80_000,
        "--\n" * 160_000,
        "x\n" + "Sent from my iPhone\n" * 25_000,
        "x" + "\n" * 490_000 + "y",
    ],
    ids=range(9),
)
def test_the_time_it_takes_is_bounded(bomb: str) -> None:
    started = time.process_time()
    own_words(bomb)
    assert time.process_time() - started < 5  # about one second here
