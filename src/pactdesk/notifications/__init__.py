"""Notifications: who is told what, in which language.

Words: the *outbox* holds every mail from the moment it is owed until it was handed over, at least once, under one
stable Message-ID; a mail that cannot be handed over is *parked* and stays visible.
Ask here: `queries.kept_mails` (demo), `queries.outbox_health`. Act here: `tasks.queue_…` (called by the wiring) and
`services.post`.
Not here: when something is worth telling. That is a fact of the room where it happened.
"""
