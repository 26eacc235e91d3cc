"""Whatever bytes come, they are read within limits, and what they say can be stored and shown."""

from __future__ import annotations

import base64

import pytest

from pactdesk.kernel.decisions import Reason
from pactdesk.mailbox.rules.parsing import MOST_LEVELS, MOST_PARTS, Parsed, decoded, parse_mail
from pactdesk.mailbox.rules.plain_text import text_of_html


def parsed(raw: bytes | str) -> Parsed:
    read = parse_mail(raw.encode() if isinstance(raw, str) else raw, most_bytes=30_000_000)
    assert isinstance(read, Parsed), read
    return read


def code(raw: bytes, *, most_bytes: int = 30_000_000) -> str:
    read = parse_mail(raw, most_bytes=most_bytes)
    assert isinstance(read, Reason)
    return read.code


def multipart(kind: str, *parts: str) -> str:
    inner = "".join(f"--b\n{part}\n" for part in parts)
    return f"Subject: x\nMIME-Version: 1.0\nContent-Type: multipart/{kind}; boundary=b\n\n{inner}--b--\n"


PLAIN = "Content-Type: text/plain; charset=utf-8\n\nplain ž"
HTML = "Content-Type: text/html; charset=utf-8\n\n<p>html <b>ž</b></p>"
PDF = (
    'Content-Type: application/pdf; name="a.pdf"\nContent-Disposition: attachment; filename="a.pdf"\n'
    "Content-Transfer-Encoding: base64\n\n" + base64.b64encode(b"%PDF-1.7").decode()
)


def test_a_plain_mail_says_what_it_says() -> None:
    read = parsed("Subject: Log\nFrom: a@x.example\n\nHello\n\nBye  \n")
    assert (read.subject, read.text, read.attachments, read.content_type) == (
        "Log",
        "Hello\n\nBye",
        (),
        "text/plain",
    )
    assert read.first("from") == "a@x.example"
    assert read.all("cc") == ()


def test_of_two_forms_the_plain_one_is_read() -> None:
    assert parsed(multipart("alternative", PLAIN, HTML)).text == "plain ž"
    assert parsed(multipart("alternative", HTML, PLAIN)).text == "html ž"
    assert parsed(multipart("alternative", "Content-Type: text/plain\n\n \n", HTML)).text == "html ž"


def test_files_are_listed_with_clean_names_and_their_bytes() -> None:
    odd = PDF.replace('filename="a.pdf"', "filename*=utf-8''..%2F%E2%80%AEexe.%C5%BElog").replace(
        '; name="a.pdf"', ""
    )
    word = PDF.replace('filename="a.pdf"', 'filename="=?utf-8?B?xb5sdcWlLnBkZg==?="')
    read = parsed(multipart("mixed", PLAIN, PDF, odd, word))
    assert read.text == "plain ž"
    assert [(file.name, file.content_type, file.content) for file in read.attachments] == [
        ("a.pdf", "application/pdf", b"%PDF-1.7"),
        ("exe.žlog", "application/pdf", b"%PDF-1.7"),
        ("žluť.pdf", "application/pdf", b"%PDF-1.7"),
    ]


def test_a_text_with_a_name_is_a_file_and_one_without_is_part_of_the_mail() -> None:
    log = 'Content-Type: text/plain; name="trace.log"\n\nERROR 5'
    read = parsed(multipart("mixed", PLAIN, log, HTML, PLAIN.replace("plain ž", "more ž")))
    assert read.text == "plain ž\n\nhtml ž\n\nmore ž"
    assert [(file.name, file.content) for file in read.attachments] == [("trace.log", b"ERROR 5")]
    unnamed = parsed(
        multipart("mixed", "Content-Type: text/plain\nContent-Disposition: attachment\n\nx", "\nhello")
    )
    assert [file.name for file in unnamed.attachments] == ["text.txt"]


def test_pictures_within_a_text_are_files() -> None:
    picture = "Content-Type: image/png\nContent-ID: <1>\nContent-Transfer-Encoding: base64\n\niVBORw=="
    read = parsed(multipart("related", HTML, picture))
    assert read.text == "html ž"
    assert [(file.name, file.content_type) for file in read.attachments] == [("file", "image/png")]


def test_a_mail_within_a_mail_is_a_file() -> None:
    read = parsed(
        multipart("mixed", PLAIN, "Content-Type: message/rfc822\n\nSubject: =?utf-8?q?=C5=BE/x?=\n\ninner")
    )
    assert read.text == "plain ž"
    assert [(file.name, b"inner" in file.content) for file in read.attachments] == [("x.eml", True)]


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("utf-8", "žlutý".encode(), "žlutý"),
        ("windows-1250", "žlutý".encode("cp1250"), "žlutý"),
        ("iso-8859-2", "žlutý łódź".encode("iso8859-2"), "žlutý łódź"),
        ("iso-8859-7", "σφάλμα".encode("iso8859-7"), "σφάλμα"),
        ("windows-1258", "lỗi".encode(), None),
        ("iso-8859-1", "“d’accord” €".encode("cp1252"), "“d’accord” €"),
        ("us-ascii", "žlutý".encode(), "žlutý"),
        ("", "žlutý".encode(), "žlutý"),
        ("no-such-charset", "žlutý".encode(), "žlutý"),
        ("utf-8", b"caf\xe9", "café"),
        ("gb18030", "错误".encode("gb18030"), "错误"),
        ("iso-2022-jp", "エラー".encode("iso2022_jp"), "エラー"),
        ("utf-16", "a".encode("utf-16"), "a"),
        # Codecs that are no charsets
        ("idna", b"\xff" * 10, "ÿ" * 10),
        ("punycode", b"abc-", "abc-"),
        ("rot13", b"abc", "abc"),
        ("hex", b"6162", "6162"),
        ("zlib", b"abc", "abc"),
        ("unicode_escape", b"\\u0041", "\\u0041"),
        ("\0", b"abc", "abc"),
        ("x" * 5000, b"abc", "abc"),
    ],
)
def test_every_charset_comes_out_as_text(charset: str, content: bytes, text: str | None) -> None:
    assert text is None or decoded(content, charset) == text
    raw = (
        b'Content-Type: text/plain; charset="'
        + charset.encode()
        + b'"\nContent-Transfer-Encoding: 8bit\n\n'
        + content
    )
    if "\0" not in charset and text is not None:
        assert parsed(raw).text == text


def test_what_cannot_be_stored_or_seen_is_left_out() -> None:
    read = parsed(b"Subject: a\0b\x1b[31m\n\nhe\0llo \x1b[2J \xe2\x80\xaeevil\xe2\x80\x8b \xed\xa0\x80 end")
    assert (read.subject, "\0" in read.text, "\x1b" in read.text, "\u202e" in read.text) == (
        "a�b�[31m",
        False,
        False,
        False,
    )
    read.text.encode()


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        ("=?utf-8?q?=C5=BElut=C3=BD?= =?utf-8?b?IGvFr8WI?=", "žlutý kůň"),
        ("=?iso-8859-2?Q?=BElut=FD?=", "žlutý"),
        ("žlutý", "žlutý"),
        ("=?utf-8?b?!!!?=", ""),
        ("=?no-such?q?abc?=", "abc"),
        ("=?utf-8?q?a=0D=0ABcc:_x@y?=", "a Bcc: x@y"),
        ("two\n lines", "two lines"),
        ("x" * 5000, "x" * 400),
    ],
)
def test_a_subject_is_one_readable_line(written: str, subject: str) -> None:
    assert parsed(f"Subject: {written}\n\n").subject == subject


def test_soft_line_breaks_are_taken_out() -> None:
    flowed = "Content-Type: text/plain; format=flowed\n\nOne long \nsentence.\nNext.\n> quoted \n> more\n-- \nAna \n"
    assert parsed(flowed).text == "One long sentence.\nNext.\n> quoted more\n-- \nAna"
    assert parsed(flowed.replace("flowed", "flowed; delsp=yes")).text.startswith("One longsentence.")


def test_unknown_encodings_leave_the_bytes_as_they_came() -> None:
    assert parsed("Content-Transfer-Encoding: x-odd\n\nabc").text == "abc"
    assert parsed("Content-Transfer-Encoding: base64\n\nnot base 64!").text != ""
    assert (
        parsed(
            "Content-Type: multipart/mixed; boundary=b\nContent-Transfer-Encoding: base64\n\n--b\n\nx\n--b--"
        ).text
        == "x"
    )
    assert parsed("Content-Type: multipart/mixed\n\nno boundary").text in {"", "no boundary"}
    assert parsed("").text == ""


def test_limits_end_the_reading() -> None:
    levels = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(MOST_LEVELS + 1)
    )
    assert code(levels.encode()) == "mail.too-complex"
    fewer = "".join(
        f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(MOST_LEVELS - 1)
    )
    assert parsed(f"{fewer}\nx").text == "x"
    assert code(b"Content-Type: message/rfc822\n\n" * (MOST_LEVELS + 1)) == "mail.too-complex"
    assert code(multipart("mixed", *["\nx"] * MOST_PARTS).encode()) == "mail.too-complex"
    assert parsed(multipart("mixed", *["\nx"] * (MOST_PARTS - 5)))
    assert code(b"X: " + b"y" * 40_000 + b"\n\n") == "mail.too-complex"
    assert code(b"X: y\n" * 4000 + b"\n") == "mail.too-complex"
    assert code(b"\n" * 700_000) == "mail.too-complex"
    assert code(b"\nhello", most_bytes=5) == "mail.too-large"


def test_a_text_that_nobody_could_read_is_a_file() -> None:
    read = parsed(b"\n" + b"x" * 600_000)
    assert (read.text, [(file.name, len(file.content)) for file in read.attachments]) == (
        "",
        [("text.txt", 600_000)],
    )


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>Two<br>three</p>", "One\n\nTwo\nthree"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("a<blockquote>b<br>c<blockquote>d</blockquote></blockquote>e", "a\n\n> b\n> c\n>\n>> d\n>>\ne"),
        ("<head><title>t</title><style>p{}</style></head><body>x", "x"),
        ("<script>alert(1)</script>x<!-- y -->z", "xz"),
        ("&lt;b&gt; &amp; &#x41;&nbsp;&eacute; &#0; &#x202e;", "<b> & A é �"),
        ("<img src=x onerror=alert(1)>x<svg onload=alert(1)>y</svg>", "x"),
        ("1 < 2 and 3 > 2", "1 < 2 and 3 > 2"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\nc"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ("a <!-- never closed <b>b</b>", "a never closed b"),
        ("a<b", "a"),
        ("<p\nclass='x'>a</p\n>b", "a\n\nb"),
        ("a\n b   c", "a b c"),
        ("<a href='https://x.example'>here</a>", "here"),
        ("", ""),
    ],
)
def test_html_becomes_plain_text(html: str, text: str) -> None:
    assert text_of_html(html).rstrip("\n> ") == text.rstrip("\n> ")
