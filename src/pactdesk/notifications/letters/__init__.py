"""Composing letters, each in its reader's language and time zone.

A letter is a `Draft`: sentences, facts, what somebody wrote, and a link. `layout` draws all of them alike, as text and
as HTML. `requests` writes to contacts, `desk` to engineers, `programs` to owners of webhooks.
"""
