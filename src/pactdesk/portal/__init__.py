"""Portal: the front door for requesters and partners. Pages, forms and what they look like; no rules of its own.

A view is four moves: fetch (a room's `access`, 404 if not theirs), parse (a plain form), one verb (a room's
`services`), show. Doors never import models.
"""
