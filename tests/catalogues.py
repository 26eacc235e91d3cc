"""A small catalogue for the tests, as the text of a file, and ways to change it."""

from __future__ import annotations

from pathlib import Path

SMALL = """\
format: 1
severities:
  A: {name: {en: Business is stopped, cs: Provoz stojí}, meaning: It is down, asks: Be reachable}
  B: {name: Work is slowed, meaning: It is slow, asks: Be there}
calendars:
  prague:
    name: {en: Prague, cs: Praha}
    time_zone: Europe/Prague
    weekly: {mon-fri: ["09:00-17:00"]}
    holidays: {country: CZ, add: {--12-31: {en: Stocktaking, cs: Inventura}}, leave_out: [2026-05-08]}
    serves:
      - {country: CZ}
      - {country: US, time_zones: [America/New_York]}
      - {time_zones: [Europe/Vienna]}
  utc:
    name: UTC
    time_zone: UTC
    weekly: {mon-sun: ["00:00-24:00"]}
    serves_everybody_else: true
  manila:
    name: Manila
    time_zone: Asia/Manila
    weekly: {mon: ["08:00-12:00", "13:00-17:00"]}
policies:
  partner:
    name: Partner support
    around_the_clock_languages: [en]
    other_work: 1 business day
    targets:
      A: {hours: 24x7, initial_response: 90 min, update_every: 2 h, needs_contact_around_the_clock: true, lowered_to: B}
      B: {hours: business, initial_response: 4 h, update_every: 3 business days}
problem_types:
  break-fix: {name: Fault, explanation: It fails, draws: incident, break_fix: true}
  billing: {name: Billing, explanation: About money, draws: nothing}
channels:
  on-premises:
    name: On-premises
    explanation: It runs at your place.
    sign_in: any
    needs_pair: true
    instead_of_pair: A paid incident
    front_door: {label: Here}
    open: true
  online:
    name: {en: Online, cs: Online služby}
    explanation: {en: It knows your tenant., cs: Zná vašeho tenanta.}
    sign_in: tenant
    needs_pair: false
    front_door: {label: the admin centre, url: "https://admin.example"}
families:
  servers: {name: Servers}
  cloud: {name: Cloud}
products:
  mail-server:
    name: Mail Server
    family: servers
    channel: on-premises
    asks_usage: true
    versions:
      "2019": {name: Mail Server 2019, mainstream_until: 2024-01-09, extended_until: 2025-10-14}
      next: {name: Mail Server Next}
  mail-online: {name: Mail Online, family: cloud, channel: online}
categories:
  mail-flow:
    name: {en: Mail flow, cs: Tok pošty}
    families: [servers]
    products: [mail-online]
    problems:
      lost: {name: Mail is lost, type: break-fix}
      invoice: {name: An invoice, type: billing}
  health:
    name: Health
    products: [mail-online]
    problems:
      down: {name: It is down, type: break-fix}
programmes:
  gold-20:
    name: Gold 20-pack
    short_code: G20
    draws: One incident
    unit: incident
    quantity: 20
    length_months: 12
    extra_days: 30
    partner_network: true
    policy: partner
    covers: {channels: [on-premises], recent_only: true, except_versions: [mail-server/2019]}
  developer-4:
    name: Developer 4-pack
    short_code: D4
    draws: One incident
    unit: incident
    quantity: 4
    length_months: 12
    policy: partner
    covers: {channels: [on-premises], mainstream_only: true, only_versions: [mail-server/next]}
  cloud:
    name: Cloud support
    short_code: C
    draws: Nothing
    held_as: membership
    unit: incident
    length_months: 12
    policy: partner
    covers: {channels: [online], except_products: [mail-online]}
  paid-1:
    name: Paid incident
    short_code: P1
    draws: One incident
    held_as: purchase
    unit: incident
    quantity: 1
    length_months: 12
    policy: partner
    covers: {channels: [on-premises]}
regions:
  emea:
    name: EMEA
    countries: [CZ, FR]
    calendar: manila
    may_mail_ids_to_any_contact: true
  apac: {name: Asia, countries: [JP], calendar: manila}
offers:
  single:
    programme: paid-1
    prices:
      emea: {amount_minor: 49900, currency: EUR, tax_note: {en: With VAT, cs: S DPH}}
"""


def small(*changes: tuple[str, str]) -> str:
    """The small catalogue with texts replaced. Each text has to be there, so that a test cannot go stale."""
    text = SMALL
    for old, new in changes:
        if old not in text:
            raise AssertionError(f"the small catalogue does not say {old!r}")
        text = text.replace(old, new)
    return text


def written(folder: Path, text: str) -> Path:
    """A file in `folder` with this text."""
    file = folder / "catalogue.yaml"
    file.write_text(text, encoding="utf-8")
    return file


def line_of(text: str, part: str) -> int:
    """The number of the first line of `text` that contains `part`."""
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)
