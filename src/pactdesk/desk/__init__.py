"""Desk: the front door for those who answer: engineers, advocates, their managers.

A view is four moves: fetch (a room's `access`, 404 if not theirs), parse (a plain form), one verb (a room's
`services`), show. Doors never import models.
"""
