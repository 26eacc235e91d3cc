"""Mailbox: the front door for inbound mail.

Words: a *received mail* is kept as the bytes that came before anything is made of it. It is *taken* as a message,
*ignored* because a machine wrote it, or put into *quarantine* with every reason, until an operator *releases* or
*discards* it. A *reply address* names one contact of one request and can be made by us only (`cases`).
Comes in by: `lmtp` (a mail server hands over) and `imap` (we fetch). Act here: `services`.
Doors never import the models of a room; this one keeps a table of its own, for what it received.
"""
