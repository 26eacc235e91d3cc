"""A14: a dangerous name, however it is dressed, is one harmless part of a path, and its header stays whole."""

from __future__ import annotations

import random
import unicodedata
from email.message import Message
from email.utils import collapse_rfc2231_value

from django.utils.http import content_disposition_header

from pactdesk.kernel.filenames import MOST_BYTES, clean_filename

SEED = 14
NAMES = 2000
DANGEROUS = [
    *(
        ".htaccess",
        "shell.php",
        "x.pht",
        "web.config",
        "a.exe",
        "run.bat",
        "index.html",
        "logo.svg",
        "nul",
        "com1.txt",
    ),
    *(
        "../../../etc/cron.d/x",
        "..\\..\\boot.ini",
        "/etc/passwd",
        "C:\\autoexec.bat",
        "\\\\server\\share\\x",
        "~/.ssh/id",
    ),
    *(
        'a"; filename="b.exe',
        "a\r\nSet-Cookie: x=1",
        "%00.php",
        "x.php\x00.png",
        "file.txt::$DATA",
        "a;b=c",
        "*.sh",
    ),
]
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u202e\u202d\u2066\u2069\u00ad\x00\x01\x7f\u3164\u115f\ufe0f\u180e"
SPACES = "\x85\u2028\r\n\t "
LETTERS = "aZ9.-_ ěščřžýáíéαβγδώữệłż日本語🙂e\u0301\u0338/\\\uff0f\uff3c\u2024\uff0e:"


def generated() -> list[str]:
    """Dangerous names with something hidden put into them, and names of random letters."""
    chance = random.Random(SEED)
    names = []
    for number in range(NAMES):
        name = (
            list(chance.choice(DANGEROUS))
            if number % 2
            else chance.choices(LETTERS, k=chance.randint(0, 200))
        )
        for _ in range(chance.randint(0, 6)):
            name.insert(chance.randint(0, len(name)), chance.choice(INVISIBLE + SPACES))
        names.append("".join(name))
    return names


def test_2000_generated_names_stay_in_the_folder_and_show_what_they_are(tmp_path) -> None:
    for name in generated():
        clean = clean_filename(name)
        assert (tmp_path / clean).resolve().parent == tmp_path.resolve(), repr(name)
        assert not clean.startswith("."), repr(name)
        assert len(clean.encode()) <= MOST_BYTES, repr(name)
        assert all(
            unicodedata.category(character) not in {"Cc", "Cf", "Cs", "Zl", "Zp"} for character in clean
        )


def test_what_was_hidden_is_gone_before_the_ending_is_read() -> None:
    """The zero-width character in front of `.htaccess`, the mark that turns `exe.txt` round."""
    for dangerous in DANGEROUS:
        plain = clean_filename(dangerous)
        for character in INVISIBLE:
            for place in range(len(dangerous) + 1):
                assert clean_filename(dangerous[:place] + character + dangerous[place:]) == plain


def test_the_header_of_a_download_says_the_whole_name_and_nothing_else() -> None:
    for name in generated():
        clean = clean_filename(name)
        header = content_disposition_header(True, clean)
        assert header is not None
        assert header.isascii()
        assert not set(header) & set("\r\n\0")
        read = Message()
        read["Content-Disposition"] = header
        assert read.get_content_disposition() == "attachment"
        assert collapse_rfc2231_value(read.get_param("filename", header="content-disposition")) == clean
