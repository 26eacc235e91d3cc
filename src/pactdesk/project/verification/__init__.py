"""Proves over the whole database what must always be true of it, and names what is not.

Ask here: `prove(at=…)`, behind `pactdesk verify`. A check is a claim and two queries, so the database does the work and
a million rows cost no memory here. They are grouped by what they are about: `ledger`, `requests`, `work`, `delivery`,
`rights`, `files`, `guards`; `clocks` folds what happened to requests anew, `shelf` looks at what no database knows.
Not here: mending. A wrong row is evidence; what is to be done about it is for a person to decide.
"""

from pactdesk.project.verification.check import Check, Outcome
from pactdesk.project.verification.proof import GROUPS, prove

__all__ = ["GROUPS", "Check", "Outcome", "prove"]
