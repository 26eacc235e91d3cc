"""One log: what our code notes goes the way of everything else."""

from __future__ import annotations

import logging

import pytest
import structlog


def test_what_our_code_notes_is_a_line_of_the_common_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING):
        structlog.get_logger("pactdesk.somewhere").warning("mail parked", mail_id=7)
    assert [(line.name, line.levelname, line.getMessage()) for line in caplog.records] == [
        ("pactdesk.somewhere", "WARNING", "event='mail parked' mail_id=7")
    ]


def test_the_level_of_the_log_holds_for_our_code(capfd: pytest.CaptureFixture[str]) -> None:
    structlog.get_logger("pactdesk.somewhere").debug("nobody asked")
    captured = capfd.readouterr()
    assert "nobody asked" not in captured.out + captured.err
