"""Journal: facts that happened, written once and never changed.

Words: a *fact* has a stable code ("case.opened"), a moment, an actor and a subject.
Act here: `services.record(fact, actor_id=…, at=…)` inside the transaction that makes the fact true; the worker tells
those who listen (the list stands in `project/wiring.py`).
Ask here: `queries.facts_about(subject_type, subject_id)` for timelines and audit.
Not here: business rules. They never read the journal.
"""
