"""Notifications: who is told what, in which language, and which programs are told.

Words: the *outbox* holds every mail from the moment it is owed until it was handed over, at least once, under one
stable Message-ID; a mail that cannot be handed over is *parked* and stays visible.
A *webhook* calls an *endpoint* of somebody's; a *delivery* is one event for one endpoint.
Ask here: `queries.outbox`, `queries.webhooks`. Act here: `tasks.queue_…` (called by the wiring), `services.outbox`,
`services.endpoints`.
Not here: when something is worth telling. That is a fact of the room where it happened.
"""
