"""Mailbox: the front door for inbound mail.

Words: a *received mail* is kept as the bytes that came until it was understood; one that cannot be trusted or parsed is
in *quarantine* until an operator releases or discards it.
Doors never import the models of a room; this one keeps a table of its own, for what it received.
"""
