"""Service levels: how soon somebody answers, in which hours, and why a clock shows the time that it shows.

Words: a *severity* states the business impact; a *target* is what a programme promises for one severity; a *calendar*
has a time zone, weekly working *windows* and holidays; a *promise* is a target made concrete for one moment; a *pause*
is a stretch in which the ball is with the requester; a *timer* is one clock of a request, folded from what happened.
Ask here: `rules.add`, `rules.elapsed`, `rules.explain`, `rules.promise`, `rules.rule_offered_severities`,
`rules.timers_of`, `rules.explain_timer`.
Not here: what happened to a request's clocks (cases), and which programme applies to it (catalog, agreements).
"""
