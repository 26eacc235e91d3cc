"""Tables of requests: drafts, cases and who sees them, what is said in them, their files."""

from pactdesk.cases.models.case import Case, CaseLink, Contact
from pactdesk.cases.models.conversation import Message
from pactdesk.cases.models.draft import Draft
from pactdesk.cases.models.escalation import Escalation
from pactdesk.cases.models.files import Attachment
from pactdesk.cases.models.words import CaseWords

__all__ = ["Attachment", "Case", "CaseLink", "CaseWords", "Contact", "Draft", "Escalation", "Message"]
