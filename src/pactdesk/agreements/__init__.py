"""Agreements: what was sold or granted, who may draw on it, and what is left.

Words: an *agreement* is one granted programme, identified by the *pair* of Access ID and Contract ID; a *registration*
ties it to an account; its *ledger* holds every grant, deduction, credit, expiry and adjustment; a *plan* is anything a
request can be charged to.
Ask here: `queries.plans_for`, `queries.agreement_page`, `rules.usable_for`. Act here: `services.add_agreement`,
`services.issue_agreement`, the owner's verbs (`services.revoke_registration`, `set_seat_limit`, `replace_pair`), and
`ledger` for everything that moves units.
Not here: what a programme covers (catalog), what a request is (cases).
"""
