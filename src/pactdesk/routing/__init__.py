"""Routing: which team answers a request, and which of its engineers.

Words: a *route* is the team that was chosen, the rule that chose it and why it applied; an *engineer's* terms are
languages, skills, hours, load and who stands in. Cases pass in what only they know: how much somebody has in hand.
Ask here: `queries.route_for`, `queries.free_engineers`. Not here: moving a request, which is `cases.services.work`.
"""
