"""What every page knows."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

THEMES = ("", "light", "dark")
THEME_COOKIE = "theme"
OWN_NAMES = (
    ("en", "English"),
    ("el", "Ελληνικά"),
    ("vi", "Tiếng Việt"),
    ("pl", "Polski"),
    ("cs", "Čeština"),
    ("fr", "Français"),
)


def frame(request: HttpRequest) -> dict[str, Any]:
    """Theme, viewer and languages; each language by its own name."""
    theme = request.COOKIES.get(THEME_COOKIE, "")
    return {
        "theme": theme if theme in THEMES else "",
        "viewer": getattr(request, "viewer", None),
        "demo": settings.DEMO,
        "languages": OWN_NAMES,
    }
