"""Cases: a support request from the first word of its draft to its end.

Words: a *case* is a support request (screens say "support request"); a *draft* is one that was not sent; the *primary
contact* and *additional contacts* are the people who see it; the *submitter* is whoever sent it.
A *message* is said to everybody, an *internal note* to the desk; the *owner* is the engineer who owns the case.
Ask here: `access.case_for` (contacts), `access.desk_case` (engineers), `access.draft_for`, `queries`.
Act here: `services`, a module for each kind of verb.
Not here: what pays (agreements), what is promised (servicelevels), what can be chosen (catalog).
"""
