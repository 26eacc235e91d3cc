"""What this room announces. A secret never stands in a fact."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from pactdesk.journal.facts import Fact


@dataclass(frozen=True)
class EndpointFact(Fact):
    """Something about a webhook endpoint. `endpoint` is its primary key, `url` its URL without the query."""

    subject_type: ClassVar[str] = "webhook-endpoint"

    endpoint: int
    url: str

    @property
    def subject_id(self) -> int:
        return self.endpoint


@dataclass(frozen=True)
class EndpointAdded(EndpointFact):
    """It is called from now on."""

    code: ClassVar[str] = "webhook.endpoint-added"


@dataclass(frozen=True)
class EndpointChanged(EndpointFact):
    """Another URL, other events, or another description."""

    code: ClassVar[str] = "webhook.endpoint-changed"


@dataclass(frozen=True)
class EndpointRemoved(EndpointFact):
    """It is gone, with everything that was still to be delivered to it."""

    code: ClassVar[str] = "webhook.endpoint-removed"


@dataclass(frozen=True)
class SecretReplaced(EndpointFact):
    """A new secret signs; the one before signs, too, for a day."""

    code: ClassVar[str] = "webhook.secret-replaced"


@dataclass(frozen=True)
class EndpointDisabled(EndpointFact):
    """It is not called any more, for a `reason` of `WebhookEndpoint.DisabledReason`."""

    code: ClassVar[str] = "webhook.endpoint-disabled"

    reason: str


@dataclass(frozen=True)
class EndpointEnabled(EndpointFact):
    """It is called again."""

    code: ClassVar[str] = "webhook.endpoint-enabled"


@dataclass(frozen=True)
class DeliveriesQueued(EndpointFact):
    """So many deliveries wait for it because somebody asked: a test, or a replay (`why`)."""

    code: ClassVar[str] = "webhook.deliveries-queued"

    count: int
    why: str
