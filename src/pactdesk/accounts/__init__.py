"""Accounts: who signs in, and which organization they stand for.

Words: an *account* is one sign-in of kind `personal` or `work`; its *profile* is completed once and gives defaults;
an *organization* has *locations*, one of them the headquarters; a *team* answers requests, and its members see them. A
*Viewer* is who is asking: built once for each HTTP request and passed to every room.
Ask here: `access.viewer_of`, `queries.choices…`. Act here: `services.complete_profile`.
Not here: what an account may be charged for (agreements) and which requests it sees (cases).
"""
