"""Sentences for the reason codes and the notes of this room."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

SENTENCES = {
    "verdict.unknown": _("Say whether the article solved the problem or did not help."),
}

# What somebody can do about it: the code of an action that the screens know.
REMEDIES = {
    "verdict.unknown": "choose-again",
}

# What a reader has to know about the text of an article (KNO-1).
NOTES = {
    "article.machine-translated": _(
        "This article was translated by a machine and may contain errors. Where in doubt, read the English original."
    ),
    "article.older-than-original": _(
        "The English original has been revised since this translation was made. It may say more."
    ),
    "article.only-in-english": _(
        "This article is not available in your language. You are reading the English original."
    ),
}
