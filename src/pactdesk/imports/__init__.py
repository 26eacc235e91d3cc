"""Imports: agreements and balances that people bring along from what they used before.

Words: a *form* is what a file looks like (our own CSV, GLPI's credit vouchers, vtiger's service contracts); a *row* is
what one line of it says; a *mistake* is why a row cannot be taken, with its number and column; an *import* is one file
with what came of it. A file is read, judged as a whole, shown, and applied all or nothing; nothing that exists is
changed.
Ask here: `queries.shown`, `services.examine`, `rules.read`, `rules.judge`. Act here: `services.import_at_once`,
`services.confirming`.
Not here: how an agreement and its ledger come about (agreements).
"""
