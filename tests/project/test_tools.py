"""The checks notice what they are there for, and the set-up says what it lacks."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tools import messages, reasons, setup

ROOT = Path(__file__).parents[2]
PO_HEADER = """\
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\\n"
"Plural-Forms: nplurals=1; plural=0;\\n"

"""


@pytest.fixture
def house(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One room with one reason that has its sentence."""
    monkeypatch.setattr(reasons, "SOURCE", tmp_path)
    (tmp_path / "wording.py").write_text('SENTENCES = {"plan.expired": _("It has ended.")}\n')
    (tmp_path / "rules.py").write_text('refusal = Reason("plan.expired")\n')
    return tmp_path


def test_a_house_in_which_every_reason_is_worded_passes(house: Path) -> None:
    assert reasons.main() == 0


@pytest.mark.parametrize("code", ['"plan.used-up"', 'f"plan.no-{unit}-left"'])
def test_a_reason_without_a_sentence_is_found(
    house: Path, capsys: pytest.CaptureFixture[str], code: str
) -> None:
    with (house / "rules.py").open("a") as file:
        file.write(f"another = Reason({code})\n")
    assert reasons.main() == 1
    assert "rules.py:2" in capsys.readouterr().out


def test_a_sentence_that_no_rule_answers_with_is_found(
    house: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (house / "rules.py").write_text("")
    assert reasons.main() == 1
    assert "plan.expired" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("entry", "fault"),
    [
        ('msgid "Yes"\nmsgstr ""\n', "not translated"),
        ('#, fuzzy\nmsgid "Yes"\nmsgstr "Vâng"\n', "fuzzy"),
        ('#, python-format\nmsgid "%(count)s hours"\nmsgstr "%(so)s giờ"\n', "placeholder"),
        ('#| msgid "Yes?"\nmsgid "Yes"\nmsgstr "Vâng"\n', "guessed from"),
        ('# | msgid "Yes?"\nmsgid "Yes"\nmsgstr "Vâng"\n', "guessed from"),
    ],
)
def test_a_sentence_that_is_not_properly_translated_is_found(tmp_path: Path, entry: str, fault: str) -> None:
    path = tmp_path / "locale/vi/LC_MESSAGES/django.po"
    path.parent.mkdir(parents=True)
    path.write_text(PO_HEADER + 'msgid "No"\nmsgstr "Không"\n', encoding="utf-8")
    assert not list(messages._mistakes(tmp_path, "vi"))
    path.write_text(PO_HEADER + entry, encoding="utf-8")
    assert [mistake for mistake in messages._mistakes(tmp_path, "vi") if fault in mistake]


@pytest.mark.parametrize(
    "lines",
    [
        '#| msgid "%(count)s hour"\n#| msgid_plural "%(count)s hours"\n',
        '# | msgid "No, because it was said before and is said once more, at length and\n# twice."\n# | msgid "No"\n',
    ],
)
def test_what_a_sentence_was_guessed_from_is_not_kept(lines: str) -> None:
    entry = '#: cases/wording.py\n#, python-format\nmsgid "Yes | no"\nmsgstr "Vâng"\n'
    file = "# Pactdesk\n" + PO_HEADER
    assert messages._tidy(file + lines + entry) == file + entry


def test_a_skipped_test_fails_the_run_under_ci_and_only_there(tmp_path: Path) -> None:
    (tmp_path / "test_skipped.py").write_text(
        "import pytest\n\n\ndef test_it():\n    pytest.skip('no browser')\n"
    )
    command = [sys.executable, "-m", "pytest", "-p", "tests.conftest", "-p", "no:cacheprovider"]
    command += ["-p", "no:schemathesis"]  # loading it takes as long as the rest
    command += ["-c", str(ROOT / "pyproject.toml"), f"--rootdir={ROOT}", str(tmp_path)]
    statuses = {}
    for ci in ("true", ""):
        environment = {**os.environ, "CI": ci, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'src'}"}
        statuses[ci] = subprocess.run(
            command, cwd=ROOT, env=environment, capture_output=True, check=False
        ).returncode
    assert statuses == {"true": 1, "": 0}


def test_a_python_too_old_is_told_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setup, "OLDEST", (9, 9))
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later"):
        setup.require_python()


def test_a_missing_program_is_named_where_it_may_not_be_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SystemExit, match="apt-get install chromium-headless-shell"):
        setup.main(["run", "chromium-headless-shell"])


def test_a_package_with_a_server_is_installed_and_its_server_is_not_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    policy = tmp_path / "policy-rc.d"
    ran: list[tuple[str, bool]] = []
    monkeypatch.setattr(setup, "POLICY", str(policy))
    monkeypatch.setattr(setup, "run", lambda command, **options: ran.append((command[2], policy.exists())))
    monkeypatch.setattr(shutil, "which", lambda name: "/usr/bin/apt-get" if name == "apt-get" else None)
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    setup.install_debian_package("dovecot-imapd", "Tests need it.")
    setup.install_debian_package("gettext", "Checks need it.")
    assert ran == [("update", False), ("install", True), ("update", False), ("install", False)]
    assert not policy.exists()
