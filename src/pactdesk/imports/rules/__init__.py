"""Reading files of agreements and judging them. Pure."""

from pactdesk.imports.rules.encodings import ENCODINGS
from pactdesk.imports.rules.forms import FORMS, GLPI, PACTDESK, VTIGER
from pactdesk.imports.rules.judgement import Judgement, Known, Taken
from pactdesk.imports.rules.judging import judge
from pactdesk.imports.rules.reading import Options, Reading, read
from pactdesk.imports.rules.refusing import Mistake, Unreadable, shown
from pactdesk.imports.rules.values import DATE_ORDERS

__all__ = [
    "DATE_ORDERS",
    "ENCODINGS",
    "FORMS",
    "GLPI",
    "PACTDESK",
    "VTIGER",
    "Judgement",
    "Known",
    "Mistake",
    "Options",
    "Reading",
    "Taken",
    "Unreadable",
    "judge",
    "read",
    "shown",
]
