"""Collects the sentences of code and templates into the .po files, sorted; needs gettext. Or checks the files.

python tools/messages.py [--check]
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from django.conf import settings

from pactdesk.project.translations import compile_stale

SOURCE = Path(__file__).resolve().parents[1] / "src" / "pactdesk"
# Dates that change with each run would make every commit touch every file.
DATE = re.compile(r'^"POT-Creation-Date:.*\n', re.MULTILINE)
# The sentence that a translation was guessed from is of no use once it is translated. Nobody takes it away, though, and
# Babel makes a remark of it, which it wraps: "# | msgid" and lines that go on with "# ".
GUESSED_FROM = re.compile(r"^# ?\|.*\n(?:# .*\n|#\|.*\n)*", re.MULTILINE)


def main(words: list[str]) -> int:
    """Collect and compile, or with --check only compare; answers 1 if the files are not as they should be."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pactdesk.project.settings")
    languages = [code for code, _ in settings.LANGUAGES if code != settings.LANGUAGE_CODE]
    if words == ["--check"]:
        mistakes = [mistake for language in languages for mistake in _mistakes(SOURCE, language)]
        mistakes = mistakes or list(_missed(languages))
        print(*mistakes, sep="\n")
        return bool(mistakes)
    _collect(SOURCE, languages)
    compile_stale()
    for language in languages:
        print(f"{language}: {len(list(_mistakes(SOURCE, language)))} sentences to look at")
    return 0


def _po_file(source: Path, language: str) -> Path:
    return source / "locale" / language / "LC_MESSAGES" / "django.po"


def _read(source: Path, language: str) -> Catalog:
    with _po_file(source, language).open("rb") as file:
        return read_po(file, locale=language)


def _collect(source: Path, languages: list[str]) -> None:
    for language in languages:
        if not _po_file(
            source, language
        ).exists():  # begun here, so that it has the plural forms of its language
            _po_file(source, language).parent.mkdir(parents=True, exist_ok=True)
            with _po_file(source, language).open("wb") as file:
                write_po(
                    file, Catalog(language, project="Pactdesk", header_comment="# Pactdesk", fuzzy=False)
                )
    command = [
        sys.executable,
        "-m",
        "django",
        "makemessages",
        "--no-obsolete",
        "--add-location=file",
        "--no-wrap",
    ]
    command += [f"--locale={language}" for language in languages]
    # Without settings Django writes to the folder `locale` here, which may be a copy, and not to that of LOCALE_PATHS.
    environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    subprocess.run(command, cwd=source, env=environment, check=True, stdout=subprocess.DEVNULL)
    for language in languages:
        path = _po_file(source, language)
        subprocess.run(["msgcat", "--sort-output", "--no-wrap", "--output-file", path, path], check=True)
        path.write_text(_tidy(path.read_text(encoding="utf-8")), encoding="utf-8")


def _tidy(text: str) -> str:
    """The .po file without the lines that say nothing about its sentences."""
    return GUESSED_FROM.sub("", DATE.sub("", text))


def _mistakes(source: Path, language: str) -> Iterator[str]:
    """What is not translated, only guessed, has other placeholders, or says what it was guessed from."""
    if not _po_file(source, language).exists():
        yield f"{language}: there is no {_po_file(source, language)}"
        return
    for message in _read(source, language):
        if message.id:
            texts = message.string if isinstance(message.string, tuple | list) else (message.string,)
            faults = ["not translated"] if not all(texts) else []
            faults += ["fuzzy"] if message.fuzzy else []
            faults += map(str, message.check())
            if any(remark.startswith("|") for remark in message.user_comments):
                faults.append("says what it was guessed from (make messages)")
            yield from (f"{language}: {fault}: {message.id!r}" for fault in faults)


def _missed(languages: list[str]) -> Iterator[str]:
    """Sentences that code and templates have and the .po files do not, or the other way round."""
    with tempfile.TemporaryDirectory() as folder:
        fresh = Path(folder) / "pactdesk"
        shutil.copytree(SOURCE, fresh, ignore=shutil.ignore_patterns("__pycache__", "*.mo"))
        _collect(fresh, languages)
        for language in languages:
            now, then = _keys(_read(fresh, language)), _keys(_read(SOURCE, language))
            yield from (f"{language}: not collected yet (make messages): {key}" for key in sorted(now - then))
            yield from (f"{language}: no longer used (make messages): {key}" for key in sorted(then - now))


def _keys(catalog: Catalog) -> set[str]:
    return {f"{message.context or ''} {_id(message)!r}".strip() for message in catalog if message.id}


def _id(message: Message) -> str:
    return message.id if isinstance(message.id, str) else message.id[0]


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
