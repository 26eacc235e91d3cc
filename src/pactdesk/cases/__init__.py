"""Cases: a support request from the first word of its draft to its number.

Words: a *case* is a support request (screens say "support request"); a *draft* is one that was not sent; the *primary
contact* and *additional contacts* are the people who see it; the *submitter* is whoever sent it.
Ask here: `access.case_for`, `access.draft_for`, `queries`. Act here: `services.drafts`, `services.submission`.
Not here: what pays (agreements), what is promised (servicelevels), what can be chosen (catalog).
"""
