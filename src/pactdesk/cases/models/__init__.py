"""Tables of requests: drafts, cases, who sees them and is invited, what is said in them, their files and clocks."""

from pactdesk.cases.models.advice import AdvisoryTime
from pactdesk.cases.models.case import Case, CaseLink, Contact
from pactdesk.cases.models.clocks import ClockEvent, Pause, Timer, ToldStep
from pactdesk.cases.models.conversation import Message
from pactdesk.cases.models.draft import Draft
from pactdesk.cases.models.escalation import Escalation
from pactdesk.cases.models.files import Attachment
from pactdesk.cases.models.invitations import Invitation
from pactdesk.cases.models.reaching import ReachAttempt
from pactdesk.cases.models.saved_replies import SavedReply
from pactdesk.cases.models.words import CaseWords

__all__ = [
    "AdvisoryTime",
    "Attachment",
    "Case",
    "CaseLink",
    "CaseWords",
    "ClockEvent",
    "Contact",
    "Draft",
    "Escalation",
    "Invitation",
    "Message",
    "Pause",
    "ReachAttempt",
    "SavedReply",
    "Timer",
    "ToldStep",
]
