"""How allauth's OAuth server fits into this house: secrets that scanners of leaked files know."""

from __future__ import annotations

from allauth.idp.oidc.adapter import DefaultOIDCAdapter

from pactdesk.accounts.rules.tokens import CLIENT_SECRET, RANDOM_LENGTH, marked
from pactdesk.kernel.ids import random_text


class Adapter(DefaultOIDCAdapter):  # type: ignore[misc]  # allauth carries no types
    """Client secrets look like our tokens and are stored like passwords."""

    def generate_client_secret(self) -> str:
        return marked(CLIENT_SECRET, random_text(RANDOM_LENGTH))
