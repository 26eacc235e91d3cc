"""The demo world: people and agreements with which Pactdesk can be tried out. Everything in it is made up.

Act here: `make(at=…)`, once. Ask here: `is_made()`, `introduction()`. People, agreements and requests stand as data in
files of these names; what they do goes through the services that everybody uses, in the order in which it happened.
Not here: the people of the tests (`tests/world.py`), who are made one by one.
"""

from pactdesk.project.demo.introduction import introduction
from pactdesk.project.demo.making import is_made, make

__all__ = ["introduction", "is_made", "make"]
