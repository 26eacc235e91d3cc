"""API: the front door for programs. Types in, types out, problems with our reason codes (RFC 9457).

Doors never import the models of a room; this one keeps a table of its own, for idempotency keys.
"""
