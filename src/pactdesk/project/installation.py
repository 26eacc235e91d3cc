"""What one installation is told from outside, read from the environment and checked once at start."""

from __future__ import annotations

import os
import re
import secrets
from pathlib import Path
from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from pactdesk.agreements.rules.warnings import read_steps
from pactdesk.cases.rules.reply_address import LONGEST_MAILBOX

REPLY_ADDRESS = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{LONGEST_MAILBOX - 1}}}@[a-z0-9-]+(?:\.[a-z0-9-]+)+")
LISTEN = re.compile(r"unix:/\S+|(?:[\w.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}")
ROOT = Path(__file__).resolve().parents[3]


class Installation(BaseSettings):
    """Environment variables, all prefixed PACTDESK_ except DATABASE_URL.

    Secrets that are not given are made once and kept in the data folder, readable by its owner only.
    """

    model_config = SettingsConfigDict(env_prefix="PACTDESK_", extra="ignore")

    data: Path = ROOT / ".pactdesk"
    database_url: str = Field("", validation_alias="DATABASE_URL")
    database_pool: int = Field(0, ge=0, description="connections kept open by each process; 0: one a request")
    database_prepare: bool = Field(
        True,
        description="keep prepared statements; off behind a pooler that shares connections between transactions",
    )
    secret_key: str = ""
    secret_key_fallbacks: str = Field(
        "", description="former secret keys, separated by commas, whose signatures still count"
    )
    contract_key: str = Field("", description="encrypts Contract IDs and keys the look-up of pairs")
    debug: bool = False
    demo: bool = False
    base_url: str = Field(
        "http://127.0.0.1:8000", description="how people reach this installation; stands in mails"
    )
    allowed_hosts: str = Field("", description="further host names, separated by commas")
    https: bool = False
    trusted_proxies: int = Field(
        0, ge=0, description="reverse proxies in front whose X-Forwarded-For is believed"
    )
    smtp_url: str = Field(
        "", description="smtp://user:password@host:587 or smtps://…; empty: mails are kept, not sent"
    )
    webhook_ports: str = Field("443,8443", description="ports that webhooks may call, separated by commas")
    webhooks_to_this_machine: bool = Field(
        False, description="webhooks may also call this machine, by http; for trying out only"
    )
    service_agreement_url: str = Field(
        "", description="the agreement that requesters accept; empty: the help page"
    )
    community_url: str = Field("", description="where partners meet; empty: there is no such place")
    feedback_address: str = Field(
        "", description="where questions about money go that stay unresolved; empty: the sender's address"
    )
    close_resolved_after_days: int = Field(
        10, ge=0, description="days after which a resolved request that nobody answered is closed; 0: never"
    )
    units_alone: int = Field(
        5,
        ge=0,
        description="incidents or hours that one person corrects, issues and imports alone at the desk in a day",
    )
    days_alone: int = Field(
        31, ge=0, description="days by which one person of the service centre extends benefits alone"
    )
    warn_at_balance: str = Field(
        "20%,1",
        description="what is left of an agreement when its owner is warned: shares of what was granted, or units",
    )
    warn_before_end: str = Field(
        "60,30,7", description="days before the end of an agreement at which its owner is warned"
    )
    api_rate_of_token: int = Field(300, ge=1, description="requests of one token in a minute")
    api_rate_of_account: int = Field(
        600, ge=1, description="requests of all tokens of one account in a minute"
    )
    files_url: str = Field(
        "",
        description="s3://key:secret@host/bucket/prefix, or s3+http://…; empty: a folder in the data folder",
    )
    file_mb: int = Field(100, ge=1, description="how large one file may be")
    request_files: int = Field(50, ge=1, description="how many files a request may have")
    request_files_mb: int = Field(500, ge=1, description="how large the files of a request may be together")
    agreement_files_mb: int = Field(
        10_000, ge=0, description="how large the files of all requests of an agreement may be; 0: any size"
    )
    scanner_url: str = Field(
        "", description="clamd: tcp://host:3310 or unix:///run/clamav/clamd.ctl; empty: files are not checked"
    )
    mail_from: str = "Pactdesk <support@pactdesk.example>"
    mail_reply_address: str = Field(
        "",
        description="the address of answers by mail, support@reply.vendor.example; empty: letters have none",
    )
    mail_authserv_id: str = Field(
        "",
        description="how our mail server calls itself in Authentication-Results; empty: no answer is taken",
    )
    mail_megabytes: int = Field(25, ge=1, le=100, description="the largest mail that is read")
    mail_keep_days: int = Field(30, ge=1, description="days after which received mails are deleted")
    lmtp_listen: str = Field(
        "", description="127.0.0.1:8024 or unix:/run/pactdesk/lmtp, where a mail server hands mails over"
    )
    imap_url: str = Field(
        "", description="imaps://user:password@host:993/INBOX, from which mails are fetched"
    )
    imap_done_folder: str = Field(
        "", description="where fetched mails are moved; empty: they are marked as read"
    )
    payments: Literal["", "none", "sandbox", "stripe"] = Field(
        "", description="who takes the money for paid incidents: stripe, sandbox (nobody), none; empty: none"
    )
    stripe_secret_key: str = Field("", description="Stripe's secret key, sk_… or better rk_…")
    stripe_publishable_key: str = Field("", description="Stripe's publishable key, pk_…")
    stripe_webhook_secret: str = Field(
        "", description="the secret of the webhook endpoint at Stripe, whsec_…"
    )
    stripe_api: str = Field("https://api.stripe.com", description="where Stripe's API is")
    log_level: str = "INFO"

    @model_validator(mode="after")
    def _steps_of_warnings(self) -> Self:
        read_steps(self.warn_at_balance, self.warn_before_end)
        return self

    @model_validator(mode="after")
    def _stripe_needs_its_keys(self) -> Self:
        if self.payments == "stripe" and not (self.stripe_secret_key and self.stripe_publishable_key):
            raise ValueError(
                "PACTDESK_PAYMENTS=stripe needs PACTDESK_STRIPE_SECRET_KEY and PACTDESK_STRIPE_PUBLISHABLE_KEY"
            )
        return self

    @field_validator("mail_reply_address")
    @classmethod
    def _room_for_a_key(cls, given: str) -> str:
        """Every answer goes to an address of its own, made from this one."""
        if given and not REPLY_ADDRESS.fullmatch(given.lower()):
            raise ValueError(
                f"{given!r} is no address for answers: at most {LONGEST_MAILBOX} letters, digits, dots, hyphens or "
                'underscores before the "@", and a domain behind it'
            )
        return given.lower()

    @field_validator("lmtp_listen")
    @classmethod
    def _somewhere_to_listen(cls, given: str) -> str:
        if given and not LISTEN.fullmatch(given):
            raise ValueError(f"{given!r} is neither host:port nor unix:/path")
        return given

    @field_validator("imap_url")
    @classmethod
    def _a_mailbox(cls, given: str) -> str:
        parts = urlsplit(given)
        if given and (parts.scheme not in {"imap", "imaps"} or not parts.hostname or not parts.username):
            raise ValueError(
                "a mailbox is imaps://user:password@host:993/INBOX, special characters percent-encoded"
            )
        return given

    def secret(self, name: str) -> str:
        """The secret given in the environment, or the one kept in the data folder (made on first use)."""
        given: str = getattr(self, name)
        return given or _kept_secret(self.data / f"{name.replace('_', '-')}.txt")


def _kept_secret(path: Path) -> str:
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
