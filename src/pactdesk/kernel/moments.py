"""Instants and days in words, in the reader's language and zone. A time never stands without its zone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_date, format_datetime, format_skeleton, format_time, get_timezone_location

# Formatting one date costs more than fetching a row, and a page shows the same ones again and again.
_REMEMBERED = 4096


@lru_cache(maxsize=_REMEMBERED)
def day_in_words(at: datetime | date, zone: str, language: str) -> str:
    """The day of `at` in `zone`: "20 November 2026". A plain date is taken as it is."""
    local = at.astimezone(ZoneInfo(zone)).date() if isinstance(at, datetime) else at
    return format_date(local, format="long", locale=_locale(language))


@lru_cache(maxsize=_REMEMBERED)
def weekday_in_words(at: datetime, zone: str, language: str) -> str:
    """The day of `at` in `zone`, with its weekday: "Friday 20 November 2026"."""
    return format_date(at.astimezone(ZoneInfo(zone)).date(), format="full", locale=_locale(language))


@lru_cache(maxsize=_REMEMBERED)
def short_day(at: datetime, zone: str, language: str) -> str:
    """The day of `at` in `zone`, short: "20 Nov 2026"."""
    return format_date(at.astimezone(ZoneInfo(zone)).date(), format="medium", locale=_locale(language))


@lru_cache(maxsize=_REMEMBERED)
def short_weekday(day: date, language: str) -> str:
    """A plain date with its weekday, short: "Fri 20 Nov 2026"."""
    locale = _locale(language)
    return (
        f"{format_date(day, format='EEE', locale=locale)} {format_date(day, format='medium', locale=locale)}"
    )


@lru_cache(maxsize=_REMEMBERED)
def clock_time(at: datetime, zone: str, language: str) -> str:
    """The time of day of `at` in `zone`: "14:32"."""
    return format_time(at.astimezone(ZoneInfo(zone)), format="short", locale=_locale(language))


@lru_cache(maxsize=_REMEMBERED)
def instant_in_words(at: datetime, zone: str, language: str) -> str:
    """`at` with weekday, day, time and place: "Fri, 20 Nov 2026, 14:32 (Prague)"."""
    local = at.astimezone(ZoneInfo(zone))
    locale = _locale(language)
    weekday = format_datetime(local, format="EEE", locale=locale)
    return (
        f"{weekday} {format_date(local.date(), format='medium', locale=locale)}, "
        f"{format_time(local, format='short', locale=locale)} ({place_of(zone, language)})"
    )


@lru_cache(maxsize=_REMEMBERED)
def instant_in_brief(at: datetime, zone: str, language: str, today: date) -> str:
    """`at` as short as it can be told from `today`: "14:32", "Tue 14:32", "20 Nov", "20 Nov 2025".

    For columns that name their zone above.
    """
    local = at.astimezone(ZoneInfo(zone))
    locale = _locale(language)
    if local.date() == today:
        return format_time(local, format="short", locale=locale)
    if abs(local.date() - today) < timedelta(days=7):
        weekday = format_datetime(local, format="EEE", locale=locale)
        return f"{weekday} {format_time(local, format='short', locale=locale)}"
    if local.year == today.year:
        return format_skeleton("MMMd", local, locale=locale)
    return format_date(local.date(), format="medium", locale=locale)


@lru_cache(maxsize=_REMEMBERED)
def place_of(zone: str, language: str) -> str:
    """What people call a zone: "Prague" for Europe/Prague, "UTC" for UTC."""
    if zone in {"UTC", "Etc/UTC"}:
        return "UTC"
    return get_timezone_location(zone, locale=_locale(language), return_city=True)


@lru_cache(maxsize=32)
def _locale(language: str) -> Locale:
    # British English, because the other five languages, too, write the day before the month and 24 hours.
    return Locale.parse("en_GB" if language in {"", "en"} else language.replace("-", "_"))
